// What a probe remembers of an authority from one look to the next: enough to ask conditionally
// and to know an unchanged document without parsing it. Never stored: after a restart the first
// look asks unconditionally, so a 304 always refers to a body that this process has seen.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace idpwatch::probe {

// Of the last *good* answer: complete, JSON, with the members that make it what it is. A failed or
// senseless answer in between changes nothing here.
struct DocumentMemory {
  std::string final_url;  // that answered, after redirects: the validators belong to it
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

struct ProbeMemory {
  DocumentMemory discovery;
  DocumentMemory jwks;
  std::optional<std::string> jwks_uri;  // of the last good discovery document that had one
};

}  // namespace idpwatch::probe
