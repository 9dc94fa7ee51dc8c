//===- npy_test.cpp - Matrices of floats in NumPy's file format ----------------===//
#include "lib/base/file.h"
#include "lib/base/npy.h"
#include "test/lib/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// As NumPy 1.26 writes it: the header is padded to a multiple of 64 bytes.
std::string npy(const std::string &fields, size_t bytes, char version = 1) {
  std::string header = "{" + fields + "}";
  header += std::string((64 - (10 + header.size() + 1) % 64) % 64, ' ') + "\n";
  std::string text = "\x93NUMPY";
  text += {version, '\0', char(header.size() & 0xff), char(header.size() >> 8)};
  return text + header + std::string(bytes, '\0');
}

std::string errorOf(const std::string &text) {
  Result<FloatMatrix> matrix = parseNpy(std::as_bytes(std::span(text)), "m");
  return matrix ? "" : matrix.error().message;
}

TEST(Npy, WhatIsWrittenIsRead) {
  test::TemporaryFolder folder;
  const std::vector<float> numbers = {1, -2.5f, 3e-40f, 4, 5, 6};
  Status status = writeNpy(folder.path + "/m.npy", numbers, 3);
  ASSERT_TRUE(status) << status.error().message;
  Result<FloatMatrix> matrix = readNpy(folder.path + "/m.npy");
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ(matrix->rows, 2u);
  EXPECT_EQ(matrix->columns, 3u);
  EXPECT_EQ(matrix->numbers, numbers);
  // Byte for byte what NumPy writes.
  Result<std::string> text = readFile(folder.path + "/m.npy", 1 << 20);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->substr(0, text->size() - 24), npy("'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), ", 0));
  EXPECT_EQ(text->size() % 64, 24u);
}

TEST(Npy, NoRowsAreNoError) {
  EXPECT_EQ(errorOf(npy("'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), ", 0)), "");
}

TEST(Npy, ErrorsSayWhatIsThere) {
  const std::string good = npy("'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), ", 24);
  EXPECT_EQ(errorOf(good), "");
  EXPECT_THAT(errorOf("NUMPY"), HasSubstr("m: is no NPY file"));
  EXPECT_THAT(errorOf(npy("", 0, 2)), HasSubstr("version 2; Tern reads version 1.0"));
  EXPECT_THAT(errorOf(good.substr(0, 40)), HasSubstr("ends within its header"));
  EXPECT_THAT(errorOf(good.substr(0, good.size() - 1)), HasSubstr("23 bytes of numbers"));
  EXPECT_THAT(errorOf(good + "1234"), HasSubstr("28 bytes of numbers, not what 2 rows of 3 need"));
  auto with = [](const char *fields) { return errorOf(npy(fields, 24)); };
  EXPECT_THAT(with("'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), "), HasSubstr("type '<f8'"));
  EXPECT_THAT(with("'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), "), HasSubstr("type '>f4'"));
  EXPECT_THAT(with("'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), "), HasSubstr("not in C order"));
  EXPECT_THAT(with("'descr': '<f4', 'fortran_order': False, 'shape': (6,), "), HasSubstr("two dimensions"));
  EXPECT_THAT(with("'descr': '<f4', 'fortran_order': False, 'shape': (2, x), "), HasSubstr("two dimensions"));
  EXPECT_THAT(with("'descr': '<f4', 'fortran_order': False, "), HasSubstr("two dimensions"));
  // A product that passes 64 bits.
  EXPECT_THAT(with("'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), "),
              HasSubstr("24 bytes of numbers"));
  EXPECT_THAT(with("'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1), "),
              HasSubstr("two dimensions"));
}

} // namespace
} // namespace tern
