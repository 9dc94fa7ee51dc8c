//===- tern-run.cpp - Decodes with a compiled model ---------------------------===//
#include "runtime/tern.h"
#include "runtime/text/stream_decoder.h"
#include "tools/arguments.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace {

struct Options {
  std::string model, prompt, profile, lmHead = "auto";
  std::vector<int32_t> ids;
  int64_t count = 128, threads = 0, context = 0;
  tern_sampling sampling = tern_sampling_default();
  bool greedy = false, printIds = false, ignoreEos = false, verify = false, quiet = false;
};

using ModelHandle = std::unique_ptr<tern_model, decltype(&tern_model_free)>;
using SessionHandle = std::unique_ptr<tern_session, decltype(&tern_session_free)>;
using SamplerHandle = std::unique_ptr<tern_sampler, decltype(&tern_sampler_free)>;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

int fail(const std::string &message = tern_last_error()) {
  std::fprintf(stderr, "tern-run: %s\n", message.c_str());
  return 1;
}

int usageError(const std::string &message) {
  fail(message + "; see tern-run --help");
  return 2;
}

bool tokenize(tern_model *model, const std::string &text, std::vector<int32_t> &ids) {
  ids.resize(text.size() + 16);
  int64_t count = tern_tokenize(model, text.data(), text.size(), 1, ids.data(), ids.size());
  ids.resize(size_t(std::max<int64_t>(count, 0)));
  return count >= 0;
}

/// Streams tokens to standard output, as text or as ids.
class Output {
public:
  Output(tern_model *model, bool asIds) : model(model), asIds(asIds) {}
  bool put(int32_t id) {
    if (asIds) {
      std::printf("%s%d", first ? "" : " ", id);
      first = false;
    } else {
      int64_t length = tern_token_bytes(model, id, bytes.data(), bytes.size());
      if (length > int64_t(bytes.size())) {
        bytes.resize(size_t(length));
        length = tern_token_bytes(model, id, bytes.data(), bytes.size());
      }
      if (length < 0)
        return false;
      std::string text = decoder.push({bytes.data(), size_t(length)});
      std::fwrite(text.data(), 1, text.size(), stdout);
    }
    return std::fflush(stdout) == 0;
  }
  bool finish() {
    std::string rest = asIds ? "" : decoder.finish();
    std::printf("%s\n", rest.c_str());
    return std::fflush(stdout) == 0;
  }

private:
  tern_model *model;
  bool asIds, first = true;
  std::string bytes = std::string(64, '\0'); ///< of a token; grows with the longest
  tern::StreamDecoder decoder;
};

/// "table" and "layers" print to stderr; "chrome" and any other text write a trace.
bool showProfile(const tern_session *session, const std::string &form) {
  if (form != "table" && form != "layers")
    return tern_session_profile_trace(session, form == "chrome" ? "tern-trace.json" : form.c_str()) == 0;
  int merge = form == "table";
  std::string text(size_t(tern_session_profile_text(session, merge, nullptr, 0)), '\0');
  tern_session_profile_text(session, merge, text.data(), text.size());
  std::fputs(text.c_str(), stderr);
  return true;
}

int run(const Options &options) {
  SamplerHandle sampler(tern_sampler_create(&options.sampling), tern_sampler_free);
  if (!sampler)
    return usageError(tern_last_error());
  double start = now();
  ModelHandle model(tern_model_load(options.model.c_str(), options.verify), tern_model_free);
  if (!model)
    return fail();
  double loaded = now();
  if (!options.printIds && tern_token_bytes(model.get(), 0, nullptr, 0) < 0)
    return fail(std::string(tern_last_error()) + ", with --print-ids");
  std::vector<int32_t> history = options.ids;
  if (history.empty() && !tokenize(model.get(), options.prompt, history))
    return fail();
  if (history.empty())
    return fail(options.model + ": its tokenizer makes no tokens of this prompt; a text needs at least one");
  SessionHandle session(tern_session_create(model.get(), options.threads, options.context), tern_session_free);
  if (!session)
    return fail();
  if (!options.profile.empty())
    tern_session_profile(session.get());
  tern_session_set_lm_head(session.get(), options.lmHead == "full" ? TERN_LM_HEAD_FULL : TERN_LM_HEAD_AUTO);
  size_t promptTokens = history.size();
  if (int64_t room = tern_session_context(session.get()); int64_t(promptTokens) > room)
    return fail(options.model + ": the prompt has " + std::to_string(promptTokens) +
                " tokens, more than the context of " + std::to_string(room) + " positions");
  double prefillStart = now();
  if (tern_prefill(session.get(), history.data(), history.size(), TERN_LOGITS_LAST, 0) != 0)
    return fail();
  double prefilled = now();

  Output output(model.get(), options.printIds);
  std::string stopped;
  int64_t made = 0;
  for (; made < options.count; ++made) {
    int32_t id = tern_session_sample(session.get(), sampler.get(), history.data(), history.size());
    if (id < 0)
      return fail();
    if (!options.ignoreEos && tern_model_is_eos(model.get(), id)) {
      stopped = "end of text";
      break;
    }
    history.push_back(id);
    if (!output.put(id))
      return fail("cannot write to standard output");
    if (made + 1 == options.count)
      continue;
    if (tern_session_position(session.get()) == tern_session_context(session.get())) {
      stopped = "the context of " + std::to_string(tern_session_context(session.get())) + " positions is full";
      break;
    }
    if (tern_decode(session.get(), id) != 0)
      return fail();
  }
  double done = now();
  if (!output.finish())
    return fail("cannot write to standard output");
  if (!options.profile.empty() && !showProfile(session.get(), options.profile))
    return fail();
  if (options.quiet)
    return 0;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  int64_t steps = tern_session_position(session.get()) - int64_t(promptTokens);
  if (!stopped.empty())
    std::fprintf(stderr, "stopped: %s\n", stopped.c_str());
  std::fprintf(stderr,
               "load %.1f ms | prompt %zu tokens, %.1f tok/s | decode %lld tokens, %.1f tok/s | %lld threads | peak "
               "memory %.1f MB\n",
               (loaded - start) * 1e3, promptTokens, double(promptTokens) / (prefilled - prefillStart),
               (long long)steps, steps > 0 ? double(steps) / (done - prefilled) : 0.0,
               (long long)tern_session_threads(session.get()), double(usage.ru_maxrss) / 1e3);
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("tern-run: decodes with a model that ternc compiled", "tern-run");
  app.add_option("MODEL", options.model, "Model object (model.tern)")->required();
  auto *prompt = app.add_option("-p,--prompt", options.prompt, "Text to continue");
  app.add_option("--ids", options.ids, "Token ids to continue, comma-separated, instead of a text")
      ->delimiter(',')
      ->excludes(prompt);
  app.add_option("-n", options.count, "Most tokens to make (default 128)")
      ->check(CLI::Range(int64_t(0), int64_t(1) << 32));
  app.add_flag("--greedy", options.greedy, "Always take the most likely token");
  app.add_option("--temperature", options.sampling.temperature, "Divides the logits (default 1)");
  app.add_option("--top-k", options.sampling.top_k, "Draw among the k most likely tokens (default 0: all)");
  app.add_option("--top-p", options.sampling.top_p,
                 "Draw among the most likely tokens up to this probability (default 1: all)");
  app.add_option("--min-p", options.sampling.min_p,
                 "Leave out tokens below this fraction of the most likely one's probability (default 0)");
  app.add_option("--repeat-penalty", options.sampling.repetition_penalty,
                 "Above 1 makes tokens of the text so far less likely (default 1)");
  app.add_option("--seed", options.sampling.seed, "Seed of the random draws (default 0)");
  app.add_option("-t,--threads", options.threads, "Threads (default: one for each processor)")
      ->check(CLI::Range(0, 1024));
  app.add_option("--context", options.context, "Positions to make room for (default: what the model was compiled for)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--lm-head", options.lmHead,
                 "auto: skip rows of the output head that cannot decide; full: compute every logit")
      ->check(CLI::IsMember({"auto", "full"}));
  app.add_flag("--print-ids", options.printIds, "Print token ids instead of text");
  app.add_flag("--ignore-eos", options.ignoreEos, "Go on after an end-of-text token");
  app.add_flag("--verify", options.verify, "Compare all weights with their hash, also large ones");
  app.add_flag("--profile{table}", options.profile,
               "Time per operator and thread on stderr, an operator of all layers together; =layers: each alone; "
               "=chrome, or a file's name: a "
               "trace for Perfetto instead (tern-trace.json)");
  app.add_flag("-q,--quiet", options.quiet, "No statistics on stderr");
  if (std::optional<int> status = tern::parseArguments(app, argc, argv))
    return *status;
  if (prompt->empty() && options.ids.empty())
    return usageError("no prompt is given: a text with -p, or token ids with --ids");
  options.sampling.greedy = options.greedy;
  return run(options);
}
