//===- float_rows_test.cpp - Figures of the magnitudes of a matrix --------------===//
#include "lib/weights/float_rows.h"
#include "test/lib/weights/small_checkpoint.h"

#include <gmock/gmock.h>

#include <cmath>

using namespace tern;
using test::bytesOf;
using testing::HasSubstr;

namespace {

class Figures : public test::SmallCheckpoint {
protected:
  Result<float> of(const std::vector<float> &values, ScaleOrigin figure) {
    write({"F32", {1, int64_t(values.size())}, bytesOf(values)});
    FloatRows rows(*checkpoint->find("w"));
    return magnitudeOf(rows, figure);
  }
};

TEST_F(Figures, OfMagnitudes) {
  std::vector<float> values = {0.5f, -0.25f, 4.0f, -1.0f, 0.0f};
  EXPECT_FLOAT_EQ(*of(values, ScaleOrigin::Absmean), 1.15f);
  EXPECT_EQ(*of(values, ScaleOrigin::Median), 0.5f);
  EXPECT_EQ(*of(values, ScaleOrigin::Absmax), 4.0f);
}

TEST_F(Figures, TheMedianIsTheLowerOfTwo) {
  EXPECT_EQ(*of({4, -3, 2, 1}, ScaleOrigin::Median), 2.0f);
  EXPECT_EQ(*of({-7}, ScaleOrigin::Median), 7.0f);
  EXPECT_EQ(*of({3, 3, -1, 9}, ScaleOrigin::Median), 3.0f);
}

TEST_F(Figures, AreNeverZero) {
  for (ScaleOrigin figure : {ScaleOrigin::Absmean, ScaleOrigin::Median, ScaleOrigin::Absmax})
    EXPECT_EQ(*of({0, 0, 0}, figure), 1e-5f);
}

TEST_F(Figures, OfWhatIsNoNumber) {
  for (ScaleOrigin figure : {ScaleOrigin::Absmean, ScaleOrigin::Median, ScaleOrigin::Absmax})
    for (float value : {NAN, -INFINITY}) {
      Result<float> none = of({1, value, 2}, figure);
      ASSERT_FALSE(none);
      EXPECT_THAT(none.error().message, HasSubstr("tensor w: holds a NaN or an infinity"));
    }
}

} // namespace
