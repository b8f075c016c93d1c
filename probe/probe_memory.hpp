// What a probe remembers of an authority from one look to the next: enough to ask conditionally
// and to know an unchanged document without parsing it. Never stored: after a restart the first
// look asks unconditionally, so a 304 always refers to a body that this process has seen.
#pragma once

#include "base/time.hpp"
#include "model/circumstances.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::probe {

struct Target;

// Of the last answer with a body, while it is *good*: complete, JSON, with the members that make it
// what it is. Validators belong to the very body they came with, so a senseless one in its place
// ends what is remembered: a 304 could not tell which of the two is meant. A failed answer brings
// no body and changes nothing here.
struct DocumentMemory {
  std::shared_ptr<const Target> from;  // after redirects: the validators belong to that URL
  std::string etag;
  std::string last_modified;
  std::string sha256;  // hex of the body; empty: none held yet
  // The body itself, shared with whoever keeps it: comparing costs a tenth of hashing. Null for a
  // key set that holds secrets, which are kept nowhere.
  std::shared_ptr<const std::string> body;

  [[nodiscard]] bool held() const { return !sha256.empty(); }
  [[nodiscard]] bool conditional() const {
    return held() && (!etag.empty() || !last_modified.empty());
  }
};

// A certificate that the provider does not send, and where it was found.
struct KnownIntermediate {
  model::Intermediate told;
  std::shared_ptr<const std::string> der;  // null: it was not brought
  base::Duration tried_at{0};              // boot time
};

// Answers to requests as watched clients make them: at most once in 10 minutes each.
struct AnswerToClient {
  std::string url;  // of the document
  model::AskedAgain answer;
  std::string cause;           // why it was asked
  bool stale = false;          // that has ended since
  base::Duration asked_at{0};  // boot time
};

struct ProbeMemory {
  DocumentMemory discovery;
  DocumentMemory jwks;
  std::optional<std::string> jwks_uri;  // of the last good discovery document that had one
  std::optional<KnownIntermediate> intermediate;
  std::vector<AnswerToClient> answers;  // at most kAnswersMax
};

}  // namespace idpwatch::probe
