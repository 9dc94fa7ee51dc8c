//===- table.cpp - Rows of text as Markdown or CSV ----------------------------===//
#include "runtime/measure/table/table.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace tern {

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// Characters, not bytes: "±" takes two bytes.
static size_t widthOf(const std::string &cell) {
  return size_t(std::ranges::count_if(cell, [](char c) { return (c & 0xc0) != 0x80; }));
}

bool Table::isNumeric(size_t column) const {
  return !cells.empty() && std::ranges::all_of(cells, [&](const std::vector<std::string> &row) {
    return !row[column].empty() && (std::isdigit(static_cast<unsigned char>(row[column][0])) || row[column][0] == '-');
  });
}

std::string Table::markdown() const {
  std::string text;
  std::vector<size_t> widths;
  std::vector<bool> right;
  for (size_t c = 0; c < names.size(); ++c) {
    size_t width = std::max<size_t>(widthOf(names[c]), 3);
    for (const auto &row : cells)
      width = std::max(width, widthOf(row[c]));
    widths.push_back(width);
    right.push_back(isNumeric(c));
  }
  auto line = [&](const std::vector<std::string> &row) {
    text += "|";
    for (size_t c = 0; c < row.size(); ++c) {
      std::string space(widths[c] - widthOf(row[c]), ' ');
      text += " " + (right[c] ? space + row[c] : row[c] + space) + " |";
    }
    text += "\n";
  };
  line(names);
  text += "|";
  for (size_t c = 0; c < names.size(); ++c)
    text += " " + std::string(widths[c] - 1, '-') + (right[c] ? ":" : "-") + " |";
  text += "\n";
  for (const auto &row : cells)
    line(row);
  return text;
}

std::string Table::csv() const {
  std::string text;
  auto line = [&](const std::vector<std::string> &row) {
    for (size_t c = 0; c < row.size(); ++c) {
      std::string cell = row[c];
      if (cell.find_first_of(",\"\n") != std::string::npos) {
        for (size_t at = 0; (at = cell.find('"', at)) != std::string::npos; at += 2)
          cell.insert(at, 1, '"');
        cell = '"' + cell + '"';
      }
      text += (c ? "," : "") + cell;
    }
    text += "\n";
  };
  line(names);
  for (const auto &row : cells)
    line(row);
  return text;
}

} // namespace tern
