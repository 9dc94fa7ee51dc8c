//===- tern-tune.cpp - Finds the fastest kernels for a model on this machine --===//
#include "compiler/driver/compile.h"
#include "compiler/target/target.h"
#include "compiler/tune/tune.h"
#include "lib/base/text.h"
#include "runtime/measure/bench/device_ceilings.h"
#include "runtime/measure/report/tuning_page.h"
#include "tools/arguments.h"
#include "tools/numbers.h"
#include "tools/report_option.h"

#include "llvm/Config/llvm-config.h"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <unistd.h>

/// As a shell says of a process that Ctrl-C ended: a script does not go on with half a result.
static constexpr int kInterrupted = 128 + SIGINT;

static volatile std::sig_atomic_t interrupted = 0;

/// A terminal sees one line that is overwritten, a log one line a search.
static void showProgress(const tern::TuneProgress &p, bool terminal) {
  std::string best = p.bestNanoseconds > 0 ? p.best : "nothing yet";
  if (p.bestNanoseconds > 0) {
    char time[32];
    std::snprintf(time, sizeof time, ", %.1f us", p.bestNanoseconds / 1000);
    best += time;
  }
  std::fprintf(stderr, "%s[%zu/%zu] %lld x %lld, %lld thread(s): %s; best so far: %s; about %lld s left%s",
               terminal ? "\r\033[K" : "", p.shape + 1, p.shapes, (long long)p.rows, (long long)p.columns,
               (long long)p.threads, p.search, best.c_str(), (long long)p.left.count(), terminal ? "" : "\n");
}

/// Writes the tuning file, and its page if it was asked for.
static int writeResults(const tern::Tool &tool, const tern::TuningFile &file, const std::string &output,
                        const tern::ReportOption &report) {
  if (tern::Status status = file.write(output); !status)
    return tool.fail(status.error().message);
  if (report.isAsked())
    if (tern::Status status = report.write(tern::tuningPage(file), output); !status)
      return tool.fail(status.error().message);
  return 0;
}

/// Merges the files and writes the result; those given later win.
static int mergeFiles(const tern::Tool &tool, const std::vector<std::string> &paths, const std::string &output,
                      const tern::ReportOption &report) {
  tern::TuningFile all;
  for (const std::string &path : paths) {
    tern::Result<tern::TuningFile> file = tern::TuningFile::readMeasured(path);
    if (!file)
      return tool.fail(file.error().message);
    all.merge(*file);
  }
  return writeResults(tool, all, output, report);
}

/// A time in words as the seconds that CLI11 reads; the reason when it is none.
static std::string secondsOf(std::string &text) {
  constexpr double kLongest = 86400;
  std::string number = text;
  double unit = 1;
  for (auto [letter, seconds] : {std::pair('s', 1.0), std::pair('m', 60.0), std::pair('h', 3600.0)})
    if (text.ends_with(letter)) {
      number.pop_back();
      unit = seconds;
    }
  std::optional<double> value = tern::parseDecimal<double>(number);
  if (!value || !(*value * unit >= 0.1 && *value * unit <= kLongest))
    return tern::quote(text) + " is no time from 0.1s to 24h, such as 90s or 10m";
  text = std::to_string(*value * unit);
  return "";
}

int main(int argc, char **argv) {
  tern::Tool tool("tern-tune");
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::string model, output;
  std::vector<std::string> merge;
  tern::PathOptions paths;
  tern::ReportOption report;
  std::vector<int64_t> threads;
  double budget = 60;
  int64_t block = tern::CompileOptions{}.prefillBlock;
  bool quiet = false;
  CLI::App app("tern-tune: finds the fastest kernels for a model's matrices on this machine.\n"
               "  tern-tune MODEL -o device.json          then: ternc CHECKPOINT --tuning=device.json\n"
               "An existing output goes on where it was left: what it has is not measured again. Ctrl-C\n"
               "writes what there is.",
               tool.name);
  app.add_option("MODEL", model, "Checkpoint (folder or GGUF file) or model object (model.tern)");
  app.add_option("-o,--output", output, "Tuning file to write or to go on with")->required();
  auto *search = app.add_option("--budget", budget, "How long to search: seconds, or as 90s, 10m, 2h (default 60s)")
                     ->transform(CLI::Validator(secondsOf, ""))
                     ->type_name("TIME");
  auto *counts = tern::addWhole(app, "-t,--threads", threads, 1, 256,
                                "Numbers of threads to tune for, e.g. 1,2 (default: all cores)")
                     ->delimiter(',');
  auto *blocks = tern::addWhole(app, "--prefill-block", block, 1, 4096,
                                "Tokens of a prefill step, for a checkpoint (default: ternc's)");
  report.addTo(app, "the output's name with .html");
  app.add_option("--merge", merge, "Merge these tuning files into the output instead; later ones win")
      ->excludes(search)
      ->excludes(counts)
      ->excludes(blocks);
  app.add_flag("--quiet", quiet, "Say nothing but errors");
  paths.addTo(app);
  if (std::optional<int> status = tern::parseArguments(tool, app, argc, argv, LLVM_VERSION_STRING, tern::hostCpuName()))
    return *status;
  if (!merge.empty() == !model.empty())
    return tool.usageError("give either a model or --merge FILES");
  if (std::error_code ignored; !blocks->empty() && std::filesystem::is_regular_file(model, ignored))
    return tool.usageError("--prefill-block is for a checkpoint; the model object " + model + " has its own");
  paths.reads("MODEL", model);
  for (const std::string &file : merge)
    paths.reads("--merge", file);
  paths.writes("-o", output, tern::kTuningKind);
  report.listIn(paths, output);
  if (tern::Status status = paths.check(); !status)
    return tool.fail(status.error().message);
  if (!merge.empty())
    return mergeFiles(tool, merge, output, report);

  tern::TuningFile known;
  if (tern::isOfKind(output, tern::kTuningKind)) { // anything else is empty, or replaced by force
    tern::Result<tern::TuningFile> file = tern::TuningFile::readMeasured(output);
    if (!file)
      return tool.fail(file.error().message);
    known = std::move(*file);
  }
  tern::Result<tern::ModelShapes> shapes = tern::readModelShapes(model, block);
  if (!shapes)
    return tool.fail(shapes.error().message);
  tern::Result<tern::TargetInfo> target = tern::resolveTarget("host");
  if (!target)
    return tool.fail(target.error().message);

  bool terminal = ::isatty(STDERR_FILENO);
  tern::TuneOptions options;
  options.threads = threads;
  if (threads.empty())
    options.threads = {std::max<int64_t>(std::thread::hardware_concurrency(), 1)};
  options.budget = std::chrono::milliseconds(int64_t(budget * 1000));
  options.interrupted = [] { return interrupted != 0; };
  options.keep = [&](const tern::TuningFile &file) { return file.write(output); };
  if (!quiet)
    options.progress = [&](const tern::TuneProgress &progress) { showProgress(progress, terminal); };
  tern::Result<tern::TuningFile> tuned = tern::tuneModel(*shapes, *target, options, known);
  if (!quiet && terminal)
    std::fputs("\r\033[K", stderr);
  if (!tuned)
    return tool.fail(tuned.error().message);
  if (report.isAsked() && !interrupted)
    if (tern::Status status = tern::addCeilings(tern::deviceFor(*tuned, *target), options.threads); !status)
      return tool.fail(status.error().message);
  if (int status = writeResults(tool, *tuned, output, report))
    return status;
  if (!quiet)
    std::fputs(tern::summary(*shapes, options, tern::deviceFor(*tuned, *target)).c_str(), stderr);
  if (interrupted) {
    tool.fail("stopped; run the same command to go on");
    return kInterrupted;
  }
  return 0;
}
