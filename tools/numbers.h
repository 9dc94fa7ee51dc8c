//===- numbers.h - Numbers of the command line -----------------------------------===//
//
// Decimal and whole: CLI11 itself takes 010 for 8 and 0x10 for 16.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/text.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tern {

/// All of the text as one decimal number; nothing when it is none, or does not fit.
template <typename T> std::optional<T> parseDecimal(std::string_view text) {
  T value;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// An option of whole numbers in a range; the highest possible `high` is no bound.
template <typename T>
CLI::Option *addWhole(CLI::App &app, const std::string &names, T &value, int64_t low, int64_t high,
                      const std::string &description) {
  std::string range = high == std::numeric_limits<int64_t>::max()
                          ? " is no whole number of at least " + std::to_string(low)
                          : " is no whole number from " + std::to_string(low) + " to " + std::to_string(high);
  auto check = [=](std::string &text) {
    std::optional<int64_t> number = parseDecimal<int64_t>(text);
    if (!number || *number < low || *number > high)
      return quote(text) + range;
    text = std::to_string(*number); // without the zeros that would make it octal
    return std::string();
  };
  return app.add_option(names, value, description)->transform(CLI::Validator(check, ""))->type_name("N");
}

/// An option of finite numbers in a range, with its bounds.
template <typename T>
CLI::Option *addReal(CLI::App &app, const std::string &names, T &value, double low, double high,
                     const std::string &description) {
  auto bound = [](double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", number);
    return std::string(text);
  };
  std::string range = high == std::numeric_limits<double>::infinity()
                          ? " is no number of at least " + bound(low)
                          : " is no number from " + bound(low) + " to " + bound(high);
  auto check = [=](std::string &text) {
    std::optional<double> number = parseDecimal<double>(text);
    return number && std::isfinite(*number) && *number >= low && *number <= high ? std::string() : quote(text) + range;
  };
  return app.add_option(names, value, description)->transform(CLI::Validator(check, ""))->type_name("X");
}

} // namespace tern
