//===- page.h - One self-contained HTML page ----------------------------------===//
//
// Text, tables and SVG charts in one file: no script, no network, light and dark as the reader's system asks.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/paths.h"
#include "runtime/measure/table/table.h"

#include <string>
#include <string_view>

namespace tern {

/// What HtmlPage::text makes.
extern const FileKind kPageKind;

/// The text with &, <, >, " and ' as entities: safe between tags and in attributes.
std::string escapeHtml(std::string_view text);

class HtmlPage {
public:
  HtmlPage(std::string_view title, std::string_view subtitle);

  void heading(std::string_view text);
  void paragraph(std::string_view text);
  /// A paragraph in small, quiet letters.
  void note(std::string_view text);
  /// A chart of charts.h, which is markup already, under its caption.
  void figure(std::string_view chart, std::string_view caption);
  void table(const Table &table);
  /// A table that is folded under its summary until the reader opens it.
  void details(std::string_view summary, const Table &table);

  /// The whole document.
  std::string text() const;

private:
  std::string title, body;
};

} // namespace tern
