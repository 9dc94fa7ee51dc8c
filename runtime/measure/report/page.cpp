//===- page.cpp - One self-contained HTML page --------------------------------===//
#include "runtime/measure/report/page.h"

namespace tern {

static constexpr const char *kMark = "<meta name=\"generator\" content=\"Tern\">\n";

const FileKind kPageKind = {"page of Tern's",
                            [](std::string_view head, std::string_view) { return head.find(kMark) != head.npos; }};

std::string escapeHtml(std::string_view text) {
  std::string escaped;
  for (char c : text)
    switch (c) {
    case '&':
      escaped += "&amp;";
      break;
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    case '\'':
      escaped += "&#39;";
      break;
    default:
      escaped += c;
    }
  return escaped;
}

/// Colours of series are chosen to be told apart in both schemes, also by readers who see red and green alike (Okabe
/// and Ito's set).
static constexpr const char *kStyle = R"css(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --quiet: #5b6675; --rule: #d9dee5; --panel: #f6f8fa;
  --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #cc79a7; --s4: #e69f00; --s5: #56b4e9; --s6: #7a5195; --s7: #6b6b6b; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161c; --ink: #e4e8ee; --quiet: #98a3b3; --rule: #2d3540; --panel: #1a2028;
    --s0: #4aa8e0; --s1: #f08a4b; --s2: #33c49a; --s3: #e29bc4; --s4: #f0b93a; --s5: #8accf2; --s6: #b08ad0; --s7: #a5a5a5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
.subtitle, figcaption, .note { color: var(--quiet); } .subtitle { margin: 0; } .note { font-size: .875rem; } figcaption { font-size: .875rem; margin-top: .5rem; }
figure { margin: 1rem 0; padding: 1rem; background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; }
.scroll { overflow-x: auto; } svg { display: block; width: 100%; height: auto; min-width: 40rem; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg text.quiet { fill: var(--quiet); }
svg .grid { stroke: var(--rule); stroke-width: 1; } svg .roof { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
svg .target { stroke: var(--ink); stroke-width: 2; }
svg text.halo { paint-order: stroke; stroke: var(--panel); stroke-width: 4px; }
details { margin: .5rem 0; } summary { cursor: pointer; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--rule); text-align: left; } th { color: var(--quiet); font-weight: 600; }
.number { text-align: right; }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); }
.s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); } .s7 { --c: var(--s7); }
.s0, .s1, .s2, .s3, .s4, .s5, .s6, .s7 { fill: var(--c); } .hollow { fill: none; stroke: var(--c); stroke-width: 2; }
)css";

HtmlPage::HtmlPage(std::string_view title, std::string_view subtitle) : title(title) {
  body = "<h1>" + escapeHtml(title) + "</h1>\n<p class=\"subtitle\">" + escapeHtml(subtitle) + "</p>\n";
}

void HtmlPage::heading(std::string_view text) { body += "<h2>" + escapeHtml(text) + "</h2>\n"; }

void HtmlPage::paragraph(std::string_view text) { body += "<p>" + escapeHtml(text) + "</p>\n"; }

void HtmlPage::note(std::string_view text) { body += "<p class=\"note\">" + escapeHtml(text) + "</p>\n"; }

void HtmlPage::figure(std::string_view chart, std::string_view caption) {
  body += "<figure><div class=\"scroll\">" + std::string(chart) + "</div>\n<figcaption>" + escapeHtml(caption) +
          "</figcaption></figure>\n";
}

void HtmlPage::table(const Table &table) {
  body += "<div class=\"scroll\"><table>\n<thead><tr>";
  auto cell = [&](const char *tag, size_t column, const std::string &text) {
    body += std::string("<") + tag + (table.isNumeric(column) ? " class=\"number\">" : ">") + escapeHtml(text) + "</" +
            tag + ">";
  };
  for (size_t c = 0; c < table.columns().size(); ++c)
    cell("th", c, table.columns()[c]);
  body += "</tr></thead>\n<tbody>\n";
  for (const auto &row : table.rows()) {
    body += "<tr>";
    for (size_t c = 0; c < row.size(); ++c)
      cell("td", c, row[c]);
    body += "</tr>\n";
  }
  body += "</tbody></table></div>\n";
}

void HtmlPage::details(std::string_view summary, const Table &table) {
  body += "<details><summary>" + escapeHtml(summary) + "</summary>\n";
  this->table(table);
  body += "</details>\n";
}

std::string HtmlPage::text() const {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" + std::string(kMark) +
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escapeHtml(title) +
         "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n";
}

} // namespace tern
