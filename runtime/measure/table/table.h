//===- table.h - Rows of text as Markdown or CSV ------------------------------===//
#pragma once

#include <string>
#include <vector>

namespace tern {

/// A table whose rows have as many cells as it has columns.
class Table {
public:
  explicit Table(std::vector<std::string> columns) : names(std::move(columns)) {}
  void add(std::vector<std::string> row) { cells.push_back(std::move(row)); }
  const std::vector<std::string> &columns() const { return names; }
  const std::vector<std::vector<std::string>> &rows() const { return cells; }
  /// Whether every cell of a column begins with a digit or a minus: such columns stand to the right.
  bool isNumeric(size_t column) const;
  /// Aligned Markdown.
  std::string markdown() const;
  /// RFC 4180, without a carriage return.
  std::string csv() const;

private:
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> cells;
};

/// "12.34" with so many decimals.
std::string fixed(double value, int decimals);

} // namespace tern
