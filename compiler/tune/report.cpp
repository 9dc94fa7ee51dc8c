//===- report.cpp - A tuning file as a page ---------------------------------------===//
#include "compiler/tune/report.h"

#include "lib/base/text.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>

namespace tern {
namespace {

constexpr const char *kStyle = R"(<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c2024; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; } h3 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #e4e7ea; vertical-align: middle; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.kernel { font: 13px ui-monospace, monospace; }
td.bar { width: 32%; } td.bar div { height: .8rem; background: #9db7d5; border-radius: 2px; }
tr.best td.bar div { background: #1f6feb; } tr.best td { font-weight: 600; }
.note { color: #59636e; }
@media (prefers-color-scheme: dark) {
  body { background: #14171a; color: #e6e8ea; } th, td { border-color: #2e3338; } .note { color: #9aa4af; }
  td.bar div { background: #48617d; } tr.best td.bar div { background: #58a6ff; } }
</style>)";

std::string escaped(std::string_view text) {
  std::string html;
  for (char c : text) {
    if (c == '<')
      html += "&lt;";
    else if (c == '>')
      html += "&gt;";
    else if (c == '&')
      html += "&amp;";
    else if (c == '"')
      html += "&quot;";
    else
      html += c;
  }
  return html;
}

std::string number(const char *format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string micros(double nanoseconds) { return number("%.1f", nanoseconds / 1000); }

std::string plural(int64_t count, const char *what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string timeCells(const std::optional<MeasuredTime> &time) {
  if (!time)
    return "<td></td><td></td><td></td>";
  return "<td class=number>" + micros(time->chosen) + "</td><td class=number>" + micros(time->byDefault) +
         "</td><td class=number>" + number("%.2f", time->chosen > 0 ? time->byDefault / time->chosen : 1) + "</td>";
}

std::string choiceTable(const TuningDevice &device) {
  std::string html = "<table><tr><th>rows x columns<th>threads<th>family<th>layout<th>decode<th>prefill"
                     "<th class=number>decode us<th class=number>default us<th class=number>gain"
                     "<th class=number>prefill us<th class=number>default us<th class=number>gain</tr>";
  for (const TuningChoice &choice : device.choices) {
    std::string shape = std::to_string(choice.rows) + " x " + std::to_string(choice.columns);
    html += "<tr><td>" + (choice.weight.empty() ? shape : escaped(choice.weight)) + "<td class=number>" +
            std::to_string(choice.threads) + "<td>" + escaped(choice.kernel.family);
    for (const std::string *text : {&choice.kernel.layout, &choice.kernel.decode, &choice.kernel.prefill})
      html += "<td class=kernel>" + escaped(*text);
    html += timeCells(choice.decode) + timeCells(choice.prefill) + "</tr>\n";
  }
  return html + "</table>\n";
}

/// The candidates of one shape, token count and number of threads.
std::string candidateTable(std::vector<const TuningMeasurement *> candidates) {
  std::ranges::sort(candidates, {}, [](const TuningMeasurement *m) { return m->nanoseconds; });
  double slowest = std::max(candidates.back()->nanoseconds, 1e-9);
  std::string html = "<table><tr><th>family<th>layout<th>kernel<th class=number>us<th class=number>GMAC/s<th></tr>";
  for (const TuningMeasurement *m : candidates) {
    double products = double(m->rows) * double(m->columns) * double(m->tokens);
    html += std::string(m == candidates.front() ? "<tr class=best>" : "<tr>") + "<td>" + escaped(m->family) +
            "<td class=kernel>" + escaped(m->layout) + "<td class=kernel>" + escaped(m->kernel) + "<td class=number>" +
            micros(m->nanoseconds) + "<td class=number>" +
            number("%.1f", m->nanoseconds > 0 ? products / m->nanoseconds : 0) +
            "<td class=bar><div style=\"width:" + number("%.1f", 100 * m->nanoseconds / slowest) + "%\"></div></tr>\n";
  }
  return html + "</table>\n";
}

} // namespace

std::string tuningReport(const TuningFile &file) {
  std::string html = "<!doctype html><html lang=en><meta charset=utf-8><title>Tern: tuning</title>\n";
  html += kStyle;
  html += "<h1>Tern: tuned kernels</h1><p class=note>Times are medians of one product on weights that no cache holds. "
          "A gain is the default's time over the choice's, both measured side by side in the end.</p>\n";
  for (const TuningDevice &device : file.devices) {
    html += "<h2>" + escaped(device.cpu) + "</h2><p class=note>compiler " + escaped(device.compiler) + "; " +
            escaped(join(device.features, ", ")) + "</p>\n";
    html += choiceTable(device);
    using Key = std::tuple<int64_t, int64_t, int64_t, int64_t>;
    std::map<Key, std::vector<const TuningMeasurement *>> groups;
    for (const TuningMeasurement &m : device.measurements)
      groups[{m.rows, m.columns, m.tokens, m.threads}].push_back(&m);
    for (const auto &[key, candidates] : groups) {
      auto [rows, columns, tokens, threads] = key;
      html += "<h3>" + std::to_string(rows) + " x " + std::to_string(columns) + ", " + plural(tokens, "token") + ", " +
              plural(threads, "thread") + "</h3>\n" + candidateTable(candidates);
    }
  }
  return html + "</html>\n";
}

} // namespace tern
