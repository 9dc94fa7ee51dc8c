//===- tern-run.cpp - Decodes with a compiled model ---------------------------===//
#include "lib/base/npy.h"
#include "runtime/engine/apply.h"
#include "runtime/measure/profile/chrome_trace.h"
#include "runtime/tern.h"
#include "runtime/text/stream_decoder.h"
#include "tools/arguments.h"
#include "tools/numbers.h"
#include "tools/tern-run-prompt.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace {

struct Options {
  std::string model, profile, lmHead = "auto", input, output, exported;
  tern::PromptOptions prompt;
  int64_t count = 128, threads = 0, context = 0;
  tern_sampling sampling = tern_sampling_default();
  std::string seed = "-1";
  bool greedy = false, tokenize = false, printIds = false, ignoreEos = false, verify = false, quiet = false;
};

using ModelHandle = std::unique_ptr<tern_model, decltype(&tern_model_free)>;
using SessionHandle = std::unique_ptr<tern_session, decltype(&tern_session_free)>;
using SamplerHandle = std::unique_ptr<tern_sampler, decltype(&tern_sampler_free)>;

/// As a shell says of a process that Ctrl-C ended.
constexpr int kInterrupted = 128 + SIGINT;
volatile std::sig_atomic_t interrupted = 0;

/// From now on Ctrl-C ends the text after the step at hand; the second time it ends the process.
void watchForInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = int(SA_RESETHAND) | SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// What the C interface says of its last failure.
int fail(const tern::Tool &tool) { return tool.fail(tern_last_error()); }

/// Streams tokens to standard output, as text or as ids.
class Output {
public:
  Output(const tern::Tool &tool, tern_model *model, bool asIds) : tool(tool), model(model), asIds(asIds) {}
  bool put(int32_t id) {
    if (asIds) {
      std::printf("%s%d", any ? " " : "", id);
    } else {
      std::string text = decoder.push(bytesOf(id));
      std::fwrite(text.data(), 1, text.size(), stdout);
    }
    any = true;
    return std::fflush(stdout) == 0;
  }
  bool finish() {
    std::string rest = asIds ? "" : decoder.finish();
    if (any)
      std::printf("%s\n", rest.c_str());
    return std::fflush(stdout) == 0;
  }

private:
  std::string_view bytesOf(int32_t id) {
    int64_t length = tern_token_bytes(model, id, bytes.data(), bytes.size());
    if (length > int64_t(bytes.size())) {
      bytes.resize(size_t(length));
      length = tern_token_bytes(model, id, bytes.data(), bytes.size());
    }
    if (length < 0 && !warned) {
      tool.warn(std::string(tern_last_error()) + ", so the text lacks it; --print-ids shows it");
      warned = true;
    }
    return {bytes.data(), size_t(std::max<int64_t>(length, 0))};
  }

  const tern::Tool &tool;
  tern_model *model;
  bool asIds, any = false, warned = false;
  std::string bytes = std::string(64, '\0'); ///< of a token; grows with the longest
  tern::StreamDecoder decoder;
};

/// The file of a profile that is a trace; the forms "table" and "layers" print to stderr.
std::string traceFile(const std::string &form) {
  return form == "table" || form == "layers" ? "" : form == "chrome" ? "tern-trace.json" : form;
}

/// Why a form of profile is none: a misspelt one must not become a file.
std::string checkProfile(const std::string &form) {
  static const std::vector<std::string> forms = {"table", "layers", "chrome"};
  if (form.empty() || std::ranges::find(forms, form) != forms.end() || form.find_first_of("./") != std::string::npos)
    return "";
  return "--profile: there is no form " + tern::quote(form) + "; there are: " + tern::join(forms, ", ") +
         ", or a file's name with a '.' or a '/' in it";
}

bool showProfile(const tern_session *session, const std::string &form) {
  if (std::string file = traceFile(form); !file.empty()) {
    if (tern_session_profile_trace(session, file.c_str()) != 0)
      return false;
    std::fprintf(stderr, "the trace is in %s\n", file.c_str());
    return true;
  }
  int merge = form == "table";
  std::string text(size_t(tern_session_profile_text(session, merge, nullptr, 0)), '\0');
  tern_session_profile_text(session, merge, text.data(), text.size());
  std::fputs(text.c_str(), stderr);
  return true;
}

/// The prompt in the model's blocks, between which an interrupt is seen; how many of its tokens came in, or -1.
int64_t readPrompt(tern_session *session, const std::vector<int32_t> &ids, int64_t block) {
  size_t done = 0;
  while (done < ids.size() && !interrupted) {
    size_t count = std::min(ids.size() - done, size_t(block));
    bool last = done + count == ids.size();
    if (tern_prefill(session, ids.data() + done, count, last ? TERN_LOGITS_LAST : TERN_LOGITS_NONE, 0) != 0)
      return -1;
    done += count;
  }
  return int64_t(done);
}

/// Ids with commas between them, as --ids takes them.
int printTokens(const tern::Tool &tool, const std::vector<int32_t> &ids, bool quiet) {
  std::string text;
  for (int32_t id : ids)
    text += (text.empty() ? "" : ",") + std::to_string(id);
  if (int status = tool.print(text + "\n"))
    return status;
  if (!quiet)
    std::fprintf(stderr, "%zu tokens\n", ids.size());
  return 0;
}

int run(const tern::Tool &tool, const Options &options) {
  SamplerHandle sampler(tern_sampler_create(&options.sampling), tern_sampler_free);
  if (!sampler)
    return tool.usageError(tern_last_error());
  double start = now();
  ModelHandle model(tern_model_load(options.model.c_str(), options.verify), tern_model_free);
  if (!model)
    return fail(tool);
  double loaded = now();
  if (!options.printIds && tern_tokenize(model.get(), nullptr, 0, 0, nullptr, 0) < 0)
    return tool.fail(std::string(tern_last_error()) + ", with --print-ids");
  tern::Result<std::vector<int32_t>> prompt = options.prompt.ids(model.get());
  if (!prompt)
    return tool.fail(prompt.error().message);
  std::vector<int32_t> history = std::move(*prompt);
  if (options.tokenize)
    return printTokens(tool, history, options.quiet);
  if (history.empty())
    return tool.fail(options.model + ": its tokenizer makes no tokens of this prompt; a text needs at least one");
  tool.warnOfThreads(options.threads);
  SessionHandle session(tern_session_create(model.get(), options.threads, options.context), tern_session_free);
  if (!session)
    return fail(tool);
  if (!options.profile.empty())
    tern_session_profile(session.get());
  tern_session_set_lm_head(session.get(), options.lmHead == "full" ? TERN_LM_HEAD_FULL : TERN_LM_HEAD_AUTO);
  int64_t promptTokens = int64_t(history.size());
  if (int64_t room = tern_session_context(session.get()); promptTokens > room)
    return tool.fail(options.model + ": the prompt has " + std::to_string(promptTokens) +
                     " tokens, more than the context of " + std::to_string(room) + " positions");
  watchForInterrupts();
  double prefillStart = now();
  int64_t read = readPrompt(session.get(), history, tern_model_prefill_block(model.get()));
  if (read < 0)
    return fail(tool);
  double prefilled = now();

  Output output(tool, model.get(), options.printIds);
  std::string stopped;
  for (int64_t made = 0; made < options.count && !interrupted; ++made) {
    int32_t id = tern_session_sample(session.get(), sampler.get(), history.data(), history.size());
    if (id < 0)
      return fail(tool);
    if (!options.ignoreEos && tern_model_is_eos(model.get(), id)) {
      stopped = "end of text";
      break;
    }
    history.push_back(id);
    if (!output.put(id))
      return tool.cannotWrite();
    if (made + 1 == options.count)
      continue;
    if (tern_session_position(session.get()) == tern_session_context(session.get())) {
      stopped = "the context of " + std::to_string(tern_session_context(session.get())) + " positions is full";
      break;
    }
    if (tern_decode(session.get(), id) != 0)
      return fail(tool);
  }
  double done = now();
  if (!output.finish())
    return tool.cannotWrite();
  int status = 0;
  if (interrupted) {
    stopped = "interrupted";
    status = kInterrupted;
  }
  if (!options.profile.empty() && !showProfile(session.get(), options.profile))
    return fail(tool);
  if (options.quiet)
    return status;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  int64_t steps = tern_session_position(session.get()) - read;
  if (!stopped.empty())
    std::fprintf(stderr, "stopped: %s\n", stopped.c_str());
  std::string decode = "decode " + std::to_string(steps) + " tokens";
  if (steps > 0) {
    char speed[32];
    std::snprintf(speed, sizeof speed, ", %.1f tok/s", double(steps) / (done - prefilled));
    decode += speed;
  }
  if (!options.sampling.greedy)
    decode += " | seed " + std::to_string(options.sampling.seed);
  std::fprintf(stderr, "load %.1f ms | prompt %lld tokens, %.1f tok/s | %s | %lld threads | peak memory %.1f MB\n",
               (loaded - start) * 1e3, (long long)read, double(read) / (prefilled - prefillStart), decode.c_str(),
               (long long)tern_session_threads(session.get()), double(usage.ru_maxrss) / 1e3);
  return status;
}

/// Sends the rows of --input through an export to --output.
int applyToRows(const tern::Tool &tool, const Options &options) {
  auto model = tern::Model::load(options.model, options.verify ? tern::Verify::Full : tern::Verify::Auto);
  if (!model)
    return tool.fail(model.error().message);
  tern::Result<tern::RowExport> through = tern::findRowExport(**model, options.exported);
  if (!through)
    return tool.fail(through.error().message);
  tern::Result<tern::FloatMatrix> rows = tern::readNpy(options.input);
  if (!rows)
    return tool.fail(rows.error().message);
  if (rows->columns != through->inputColumns)
    return tool.fail(options.input + ": has rows of " + std::to_string(rows->columns) + " numbers, where " +
                     options.model + " takes " + std::to_string(through->inputColumns));
  auto runner = tern::StepRunner::create(*model, uint64_t(options.threads));
  if (!runner)
    return tool.fail(runner.error().message);
  double start = now();
  tern::Result<std::vector<float>> outputs = tern::applyRows(**runner, *through, rows->numbers);
  if (!outputs)
    return tool.fail(outputs.error().message);
  double seconds = now() - start;
  if (tern::Status status = tern::writeNpy(options.output, *outputs, through->outputColumns); !status)
    return tool.fail(status.error().message);
  if (!options.quiet)
    std::fprintf(stderr, "%s: %llu rows of %llu to %llu numbers, %.1f rows/s | %llu threads\n",
                 through->exported->code->name, (unsigned long long)rows->rows,
                 (unsigned long long)through->inputColumns, (unsigned long long)through->outputColumns,
                 double(rows->rows) / seconds, (unsigned long long)(*runner)->threads());
  return 0;
}

/// -1 is another one in each run, short enough to type again.
std::string checkSeed(std::string &text) {
  return text == "-1" || tern::parseDecimal<uint64_t>(text)
             ? ""
             : tern::quote(text) + " is no whole number from 0 to 18446744073709551615, nor -1";
}

void addSampling(CLI::App &app, Options &options) {
  constexpr double kAny = std::numeric_limits<double>::infinity();
  tern_sampling &sampling = options.sampling;
  auto *greedy = app.add_flag("--greedy", options.greedy, "Always take the most likely token");
  tern::addReal(app, "--temperature,--temp", sampling.temperature, 0, kAny,
                "Divides the logits (default 0.8); 0 is --greedy")
      ->excludes(greedy);
  tern::addWhole(
      app, "--top-k", sampling.top_k, 0, INT32_MAX,
      "Draw among the k most likely tokens (default 40); 0, all of them, computes every logit: up to half the "
      "speed")
      ->excludes(greedy);
  tern::addReal(app, "--top-p", sampling.top_p, 0, 1,
                "Draw among the most likely tokens up to this probability (default 0.95; 1: all)")
      ->excludes(greedy);
  tern::addReal(app, "--min-p", sampling.min_p, 0, 1,
                "Leave out tokens below this fraction of the most likely one's probability (default 0)")
      ->excludes(greedy);
  tern::addReal(app, "--repeat-penalty", sampling.repetition_penalty, 0, kAny,
                "Above 1 makes tokens of the text so far less likely (default 1)");
  app.add_option("-s,--seed", options.seed, "Seed of the random draws (default -1: another one in each run)")
      ->transform(CLI::Validator(checkSeed, ""))
      ->type_name("N");
}

} // namespace

int main(int argc, char **argv) {
  tern::Tool tool("tern-run");
  Options options;
  tern::PathOptions paths;
  CLI::App app("tern-run: decodes with a model that ternc compiled\n\n"
               "  tern-run model.tern -p 'Once upon a time' -n 200\n"
               "  tern-run model.tern < prompt.txt",
               tool.name);
  app.add_option("MODEL,-m,--model", options.model, "Model object (model.tern)");
  options.prompt.addTo(app);
  tern::addWhole(app, "-n", options.count, -1, INT64_MAX,
                 "Most tokens to make (default 128); -1: until the text ends or the context is full");
  addSampling(app, options);
  tern::addWhole(app, "-t,--threads", options.threads, 0, 1024, "Threads (default: one for each processor)");
  tern::addWhole(app, "-c,--context,--ctx-size", options.context, 0, INT32_MAX,
                 "Positions to make room for (default 0: what the model was compiled for)");
  app.add_option("--lm-head", options.lmHead,
                 "auto: skip rows of the output head that cannot decide; full: compute every logit")
      ->check(CLI::IsMember({"auto", "full"}));
  auto *input =
      app.add_option("--input", options.input,
                     "Instead of a text: rows of floats (NPY, float32, [rows, width]) through a model of rows, "
                     "or one layer of a decoder");
  auto *output = app.add_option("--output", options.output, "Where its outputs go, [rows, width]")->needs(input);
  input->needs(output);
  app.add_option("--export", options.exported,
                 "Which export --input goes through, e.g. blk.0 (default: the whole graph)")
      ->needs(input);
  app.add_flag("--tokenize", options.tokenize, "Print the ids of the prompt, as --ids takes them, and end");
  app.add_flag("--print-ids", options.printIds, "Print token ids instead of text");
  app.add_flag("--ignore-eos", options.ignoreEos, "Go on after an end-of-text token");
  app.add_flag("--verify", options.verify, "Compare all weights with their hash, also large ones");
  app.add_flag("--profile{table}", options.profile,
               "Time per operator and thread on stderr, an operator of all layers together; =layers: each alone; "
               "=chrome, or a file's name: a "
               "trace for Perfetto instead (tern-trace.json)");
  app.add_flag("-q,--quiet", options.quiet, "No statistics on stderr");
  paths.addTo(app);
  if (std::optional<int> status = tern::parseArguments(tool, app, argc, argv))
    return *status;
  if (options.model.empty())
    return tool.usageError("MODEL is required");
  if (std::string problem = checkProfile(options.profile); !problem.empty())
    return tool.usageError(problem);
  if (options.count < 0)
    options.count = INT64_MAX;
  options.sampling.greedy = options.greedy || options.sampling.temperature == 0;
  if (options.sampling.greedy)
    options.sampling.temperature = 1; // nothing is divided
  options.sampling.seed = options.seed == "-1" ? std::random_device()() : *tern::parseDecimal<uint64_t>(options.seed);
  paths.reads("MODEL", options.model);
  options.prompt.listIn(paths);
  if (!options.profile.empty())
    paths.writes("--profile", traceFile(options.profile), tern::kTraceKind);
  if (!options.input.empty()) {
    paths.reads("--input", options.input);
    paths.writes("--output", options.output, tern::kNpyKind);
  }
  if (tern::Status status = paths.check(); !status)
    return tool.fail(status.error().message);
  if (!options.input.empty())
    return applyToRows(tool, options);
  if (std::optional<int> status = options.prompt.read(tool))
    return *status;
  return run(tool, options);
}
