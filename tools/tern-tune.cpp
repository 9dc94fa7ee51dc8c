//===- tern-tune.cpp - Finds the fastest kernels for a model on this machine --===//
#include "compiler/driver/compile.h"
#include "compiler/target/target.h"
#include "compiler/tune/tune.h"
#include "lib/base/text.h"
#include "runtime/bench/device_ceilings.h"
#include "runtime/report/tuning_page.h"
#include "tools/arguments.h"
#include "tools/report_option.h"

#include "llvm/Config/llvm-config.h"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <unistd.h>

static volatile std::sig_atomic_t interrupted = 0;

static int fail(const std::string &message) {
  std::fprintf(stderr, "tern-tune: %s\n", message.c_str());
  return 1;
}

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
static int writeResults(const tern::TuningFile &file, const std::string &output, const tern::ReportOption &report) {
  if (tern::Status status = file.write(output); !status)
    return fail(status.error().message);
  if (report.isAsked())
    if (tern::Status status = report.write(tern::tuningPage(file), output); !status)
      return fail(status.error().message);
  return 0;
}

/// Merges the files and writes the result; those given later win.
static int mergeFiles(const std::vector<std::string> &paths, const std::string &output,
                      const tern::ReportOption &report) {
  tern::TuningFile all;
  for (const std::string &path : paths) {
    tern::Result<tern::TuningFile> file = tern::TuningFile::read(path);
    if (!file)
      return fail(file.error().message);
    all.merge(*file);
  }
  return writeResults(all, output, report);
}

int main(int argc, char **argv) {
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::string model, output;
  std::vector<std::string> merge;
  tern::ReportOption report;
  std::vector<int64_t> threads;
  double budget = 60;
  int64_t block = tern::CompileOptions{}.prefillBlock;
  bool quiet = false;
  CLI::App app("tern-tune: finds the fastest kernels for a model's matrices on this machine.\n"
               "  tern-tune MODEL -o device.json          then: ternc CHECKPOINT --tuning=device.json\n"
               "An existing output goes on where it was left: what it has is not measured again. Ctrl-C\n"
               "writes what there is.",
               "tern-tune");
  app.add_option("MODEL", model, "Checkpoint (folder) or model object (model.tern)");
  app.add_option("-o,--output", output, "Tuning file to write or to go on with")->required();
  app.add_option("--budget", budget, "Seconds to search for, e.g. 60 or 60s (default 60)")
      ->transform(CLI::Validator(
          [](std::string &text) {
            if (text.ends_with('s'))
              text.pop_back();
            return std::string();
          },
          "SECONDS"))
      ->check(CLI::Range(0.1, 86400.0));
  app.add_option("-t,--threads", threads, "Numbers of threads to tune for, e.g. 1,2 (default: all cores)")
      ->delimiter(',')
      ->check(CLI::Range(1, 256));
  app.add_option("--prefill-block", block, "Tokens of a prefill step, for a checkpoint (default: ternc's)")
      ->check(CLI::Range(1, 4096));
  report.addTo(app, "the output's name with .html");
  app.add_option("--merge", merge, "Merge these tuning files into the output instead; later ones win");
  app.add_flag("--quiet", quiet, "Say nothing but errors");
  if (std::optional<int> status = tern::parseArguments(app, argc, argv, LLVM_VERSION_STRING, tern::hostCpuName()))
    return *status;
  if (!merge.empty() == !model.empty()) {
    std::fputs("tern-tune: give either a model or --merge FILES; see tern-tune --help\n", stderr);
    return 2;
  }
  if (!merge.empty())
    return mergeFiles(merge, output, report);

  tern::TuningFile known;
  if (std::error_code ignored; std::filesystem::exists(output, ignored)) {
    tern::Result<tern::TuningFile> file = tern::TuningFile::read(output);
    if (!file)
      return fail(file.error().message);
    known = std::move(*file);
  }
  tern::Result<tern::ModelShapes> shapes = tern::readModelShapes(model, block);
  if (!shapes)
    return fail(shapes.error().message);
  tern::Result<tern::TargetInfo> target = tern::resolveTarget("host");
  if (!target)
    return fail(target.error().message);

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
    return fail(tuned.error().message);
  if (report.isAsked() && !interrupted)
    if (tern::Status status = tern::addCeilings(tern::deviceFor(*tuned, *target), options.threads); !status)
      return fail(status.error().message);
  if (int status = writeResults(*tuned, output, report))
    return status;
  if (!quiet)
    std::fputs(tern::summary(*shapes, options, tern::deviceFor(*tuned, *target)).c_str(), stderr);
  if (interrupted)
    std::fprintf(stderr, "tern-tune: stopped; run the same command to go on\n");
  return 0;
}
