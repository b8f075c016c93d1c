#include "probe/authority_probe.hpp"

#include "base/assert.hpp"
#include "base/url.hpp"
#include "model/jwk.hpp"
#include "model/served_json.hpp"
#include "probe/client_fetch.hpp"
#include "probe/document_fetch.hpp"
#include "probe/second_look.hpp"
#include "probe/shared_bodies.hpp"

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

void remember(DocumentMemory& memory, const model::Fetch& fetch,
              const std::shared_ptr<const Target>& from, bool secrets) {
  memory.from = from;
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

struct AuthorityProbe::Look {
  Callback done;
  model::Observation observation = {};
  std::unique_ptr<DocumentFetch> fetch = nullptr;
  std::shared_ptr<const Target> from = nullptr;  // of the last fetch
  bool from_private_network = false;
  bool completed = false;  // the last fetch was made with the intermediate that was missing
  std::unique_ptr<SecondLook> again = nullptr;
};

AuthorityProbe::AuthorityProbe(net::HttpTransport& transport, const base::Clock& clock,
                               std::shared_ptr<const model::AuthoritySpec> spec,
                               model::Limits limits)
    : transport_(transport), clock_(clock), spec_(std::move(spec)), limits_(limits) {
  if (spec_->has_discovery()) {
    discovery_ = make_target(spec_->metadata_url.value_or(base::discovery_url(spec_->issuer)),
                             false, *spec_);
  }
  set_keys_target();
}

AuthorityProbe::~AuthorityProbe() = default;

void AuthorityProbe::forget() {
  memory_ = {};
  set_keys_target();
}

void AuthorityProbe::set_keys_target() {
  if (spec_->jwks_url) {
    keys_ = make_target(*spec_->jwks_url, false, *spec_);
  } else if (memory_.jwks_uri) {
    keys_ = make_target(*memory_.jwks_uri, true, *spec_);
  } else {
    keys_.reset();
  }
  keys_follow_ = keys_ && discovery_ && keys_->same_origin(*discovery_);
}

void AuthorityProbe::start(Callback done) {
  IDPWATCH_ASSERT(!running());
  look_ = std::make_unique<Look>(Look{.done = std::move(done)});
  look_->observation.authority = spec_->name;
  look_->observation.issuer = spec_->issuer;
  if (discovery_) {
    fetch_discovery();
  } else {
    fetch_keys();
  }
}

void AuthorityProbe::cancel() {
  look_.reset();
  beside_.reset();
}

void AuthorityProbe::fetch(const std::shared_ptr<const Target>& target,
                           const DocumentMemory& memory, bool another_follows,
                           void (AuthorityProbe::*take)(model::Fetch&&)) {
  look_->fetch = std::make_unique<DocumentFetch>(transport_, clock_, spec_, limits_, memory);
  if (private_network_) look_->fetch->allow_private();
  const auto& known = memory_.intermediate;
  look_->completed = known && known->der;
  if (look_->completed) look_->fetch->complete_with(*known);
  look_->fetch->start(target, another_follows, [this, target, &memory, take](model::Fetch&& fetch) {
    look_again(std::move(fetch), target, memory, take);
  });
}

// What other clients meet, where that is in doubt.
void AuthorityProbe::look_again(model::Fetch&& fetch, std::shared_ptr<const Target> target,
                                const DocumentMemory& memory,
                                void (AuthorityProbe::*take)(model::Fetch&&)) {
  look_->from = look_->fetch->from();
  look_->from_private_network = look_->fetch->from_private_network(fetch);
  const auto& known = memory_.intermediate;
  if (look_->completed && known && !fetch.reused_connection && look_->fetch->sends_whole_chain()) {
    memory_.intermediate.reset();
  }
  const SecondLook::Means means{transport_, clock_, spec_, limits_, memory_, clients_};
  const bool due = SecondLook::is_due(fetch, target->text(), means);
  if (due && !patient_) look_beside(fetch, target, memory);
  SecondLook::add_known(fetch, target->text(), look_->completed, means);
  if (!due || !patient_) return (this->*take)(std::move(fetch));
  look_->again = second_look(memory);
  look_->again->start(std::move(fetch), std::move(target), private_network_, true,
                      [this, take](model::Fetch&& told) { (this->*take)(std::move(told)); });
}

std::unique_ptr<SecondLook> AuthorityProbe::second_look(const DocumentMemory& memory) {
  return std::make_unique<SecondLook>(
      SecondLook::Means{transport_, clock_, spec_, limits_, memory_, clients_}, memory);
}

// One at a time; what it finds is told by the next probe.
void AuthorityProbe::look_beside(const model::Fetch& fetch, std::shared_ptr<const Target> target,
                                 const DocumentMemory& memory) {
  if (beside_) return;
  beside_ = second_look(memory);
  beside_->start(model::Fetch(fetch), std::move(target), private_network_, false,
                 [this](model::Fetch&& /*told*/) { beside_.reset(); });
}

void AuthorityProbe::fetch_discovery() {
  private_network_ = false;
  fetch(discovery_, memory_.discovery, keys_follow_, &AuthorityProbe::take_discovery);
}

// Where the keys are, when only a watched client is told.
void AuthorityProbe::learn_from_clients(const model::Fetch& fetch) {
  if (memory_.jwks_uri || !fetch.circumstances) return;
  for (const model::AskedAgain& answer : fetch.circumstances->again) {
    const auto document = answer.body ? parse_object(*answer.body, limits_) : nullptr;
    const std::string* jwks_uri = document ? text_member(*document, "jwks_uri") : nullptr;
    if (jwks_uri == nullptr) continue;
    memory_.jwks_uri = *jwks_uri;
    return set_keys_target();
  }
}

void AuthorityProbe::take_discovery(model::Fetch&& fetch) {
  // A provider on the own premises names its own network.
  private_network_ = fetch.answered() && discovery_->own_host && look_->from_private_network;
  if (!fetch.answered()) learn_from_clients(fetch);
  if (fetch.body && fetch.sha256 == memory_.discovery.sha256) {
    remember(memory_.discovery, fetch, look_->from, false);
  } else if (fetch.body) {
    const auto document = parse_object(*fetch.body, limits_);
    const std::string* jwks_uri = document ? text_member(*document, "jwks_uri") : nullptr;
    if (jwks_uri != nullptr && memory_.jwks_uri != *jwks_uri) {
      memory_.jwks_uri = *jwks_uri;
      set_keys_target();
    }
    // A document that lacks what it must hold is judged anew each time, never by a 304.
    if (jwks_uri != nullptr && text_member(*document, "issuer") != nullptr) {
      remember(memory_.discovery, fetch, look_->from, false);
    } else {
      memory_.discovery = {};
    }
  }
  look_->observation.discovery = std::move(fetch);
  if (keys_) return fetch_keys();
  finish();
}

// Asked for although discovery failed, where an earlier one told the way: keys that a node still
// serves are a fact of their own.
void AuthorityProbe::fetch_keys() { fetch(keys_, memory_.jwks, false, &AuthorityProbe::take_keys); }

void AuthorityProbe::take_keys(model::Fetch&& fetch) {
  if (fetch.body) {
    bool good = fetch.sha256 == memory_.jwks.sha256;
    bool secrets = good && memory_.jwks.body == nullptr;
    if (!good) {
      const auto document = parse_object(*fetch.body, limits_);
      const auto keys = document ? document->find("keys") : base::Json::iterator();
      good = document && keys != document->end() && keys->is_array();
      secrets = good && !model::redact_secrets(*document).empty();
      if (good && !secrets) fetch.body = shared_body(fetch.body);
    }
    if (good) {
      remember(memory_.jwks, fetch, look_->from, secrets);
    } else {
      memory_.jwks = {};
    }
  }
  look_->observation.jwks = std::move(fetch);
  finish();
}

void AuthorityProbe::finish() {
  // The callee may start the next look or destroy this.
  const std::unique_ptr<Look> look = std::move(look_);
  look->fetch.reset();
  look->done(std::move(look->observation));
}

}  // namespace idpwatch::probe
