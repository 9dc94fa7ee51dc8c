// What the tests include besides, parsed once.
#include "cmake/base_headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
