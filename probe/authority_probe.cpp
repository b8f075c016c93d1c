#include "probe/authority_probe.hpp"

#include "base/assert.hpp"
#include "base/url.hpp"
#include "model/jwk.hpp"
#include "model/served_json.hpp"
#include "probe/document_fetch.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

namespace idpwatch::probe {

namespace {

// A validator that is longer serves nobody and would be sent at every look.
constexpr std::size_t kLongestValidator = 512;

std::string validator(const model::Fetch& fetch, std::string_view name) {
  const std::string* value = fetch.header(name);
  if (value == nullptr || value->size() > kLongestValidator) return {};
  for (const char c : *value) {  // RFC 9110 section 8.8.3: visible or above ASCII
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return {};
  }
  return *value;
}

void remember(DocumentMemory& memory, const model::Fetch& fetch, const std::string& final_url,
              bool secrets) {
  memory.final_url = final_url;
  memory.etag = validator(fetch, "etag");
  memory.last_modified = validator(fetch, "last-modified");
  memory.sha256 = fetch.sha256;
  memory.body = secrets ? nullptr : fetch.body;
}

// Bounded, and only when the digest is new.
std::unique_ptr<base::Json> parse_object(const std::string& body, const model::Limits& limits) {
  auto document = model::parse_served_json(body, {.bytes = limits.body_bytes});
  if (!document || !document->value->is_object()) return nullptr;
  return std::move(document->value);
}

const std::string* text_member(const base::Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

}  // namespace

AuthorityProbe::AuthorityProbe(net::HttpTransport& transport, const base::Clock& clock,
                               model::AuthoritySpec spec, model::Limits limits)
    : transport_(transport), clock_(clock), spec_(std::move(spec)), limits_(limits) {
  if (spec_.has_discovery()) {
    discovery_ =
        make_target(spec_.metadata_url.value_or(base::discovery_url(spec_.issuer)), false, spec_);
  }
  set_keys_target();
}

AuthorityProbe::~AuthorityProbe() = default;

void AuthorityProbe::forget() {
  memory_ = {};
  set_keys_target();
}

void AuthorityProbe::set_keys_target() {
  if (spec_.jwks_url) {
    keys_ = make_target(*spec_.jwks_url, false, spec_);
  } else if (memory_.jwks_uri) {
    keys_ = make_target(*memory_.jwks_uri, true, spec_);
  } else {
    keys_.reset();
  }
  keys_follow_ = keys_ && discovery_ && keys_->same_origin(*discovery_);
}

void AuthorityProbe::start(Callback done) {
  IDPWATCH_ASSERT(!running());
  done_ = std::move(done);
  observation_ = {};
  observation_.authority = spec_.name;
  observation_.issuer = spec_.issuer;
  if (discovery_) {
    fetch_discovery();
  } else {
    fetch_keys();
  }
}

void AuthorityProbe::cancel() {
  fetch_.reset();
  done_ = nullptr;
}

void AuthorityProbe::fetch_discovery() {
  fetch_ = std::make_unique<DocumentFetch>(transport_, clock_, spec_, limits_, memory_.discovery);
  fetch_->start(discovery_, keys_follow_,
                [this](model::Fetch&& fetch) { take_discovery(std::move(fetch)); });
}

void AuthorityProbe::take_discovery(model::Fetch&& fetch) {
  if (fetch.body && fetch.sha256 == memory_.discovery.sha256) {
    remember(memory_.discovery, fetch, fetch_->final_url(), false);
  } else if (fetch.body) {
    const auto document = parse_object(*fetch.body, limits_);
    const std::string* jwks_uri = document ? text_member(*document, "jwks_uri") : nullptr;
    if (jwks_uri != nullptr && memory_.jwks_uri != *jwks_uri) {
      memory_.jwks_uri = *jwks_uri;
      set_keys_target();
    }
    // A document that lacks what it must hold is judged anew each time, never by a 304.
    if (jwks_uri != nullptr && text_member(*document, "issuer") != nullptr) {
      remember(memory_.discovery, fetch, fetch_->final_url(), false);
    } else {
      memory_.discovery = {};
    }
  }
  observation_.discovery = std::move(fetch);
  if (keys_) return fetch_keys();
  finish();
}

// Asked for although discovery failed, where an earlier one told the way: keys that a node still
// serves are a fact of their own.
void AuthorityProbe::fetch_keys() {
  fetch_ = std::make_unique<DocumentFetch>(transport_, clock_, spec_, limits_, memory_.jwks);
  fetch_->start(keys_, false, [this](model::Fetch&& fetch) { take_keys(std::move(fetch)); });
}

void AuthorityProbe::take_keys(model::Fetch&& fetch) {
  if (fetch.body) {
    bool good = fetch.sha256 == memory_.jwks.sha256;
    bool secrets = good && memory_.jwks.body == nullptr;
    if (!good) {
      const auto document = parse_object(*fetch.body, limits_);
      const auto keys = document ? document->find("keys") : base::Json::iterator();
      good = document && keys != document->end() && keys->is_array();
      secrets = good && !model::redact_secrets(*document).empty();
    }
    if (good) {
      remember(memory_.jwks, fetch, fetch_->final_url(), secrets);
    } else {
      memory_.jwks = {};
    }
  }
  observation_.jwks = std::move(fetch);
  finish();
}

void AuthorityProbe::finish() {
  fetch_.reset();
  // The callee may start the next look or destroy this.
  const Callback done = std::exchange(done_, nullptr);
  model::Observation seen = std::move(observation_);
  done(std::move(seen));
}

}  // namespace idpwatch::probe
