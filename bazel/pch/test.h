// As product.h, for tests.
#ifndef LATCHKEY_BAZEL_PCH_TEST_H_
#define LATCHKEY_BAZEL_PCH_TEST_H_

#include "bazel/pch/product.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#endif  // LATCHKEY_BAZEL_PCH_TEST_H_
