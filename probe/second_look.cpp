#include "probe/second_look.hpp"

#include "base/text.hpp"
#include "net/chain_doubt.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

namespace idpwatch::probe {

namespace {

using Brought = model::Intermediate::Brought;

constexpr base::Duration kAnewAfter = base::minutes(10);
// While nothing fails, and only how a client asks is in doubt.
constexpr base::Duration kCalmlyAnewAfter = base::hours(12);
constexpr std::size_t kClientsMax = 4;
// Of both documents, each as it asks and by IPv6 alone.
constexpr std::size_t kAnswersMax = 4 * kClientsMax;
// libcurl begins with the other family after 200 ms (CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS).
constexpr std::int64_t kLateConnectUs = 150'000;
// Of an answer that is remembered: larger ones are judged by what was served before.
constexpr std::size_t kBodyMax = std::size_t{256} * 1024;
constexpr std::uint64_t kCertificateBytesMax = std::uint64_t{64} * 1024;
constexpr base::Duration kCertificateWithin = base::seconds(5);

bool failed_by(const model::Fetch& fetch, model::FailureDetail detail) {
  return fetch.failure && fetch.failure->detail == detail;
}

struct Doubt {
  base::Duration holds{0};  // an answer
  std::string cause;
};

AnswerToClient* remembered(const SecondLook::Means& means, const std::string& url,
                           const model::ClientRequest& client) {
  auto& answers = means.memory.answers;
  const std::string key = client.key();
  const auto known = std::ranges::find_if(
      answers, [&](const auto& one) { return one.url == url && one.answer.request == key; });
  return known == answers.end() ? nullptr : &*known;
}

bool is_nameless(const model::ClientRequest& client) {
  return std::ranges::any_of(client.headers, [](const auto& header) {
    return header.first == "User-Agent" && header.second.empty();
  });
}

bool is_late(const model::Fetch& fetch) {
  return !fetch.reused_connection &&
         fetch.phases.connect_us - fetch.phases.dns_us >= kLateConnectUs;
}

// The first family did not answer at once, perhaps: libcurl hides that, other clients wait for it.
std::optional<Doubt> doubt_of_addresses(const model::Fetch& fetch,
                                        const model::ClientRequest& client,
                                        const SecondLook::Means& means) {
  const bool proxied = fetch.circumstances && !fetch.circumstances->proxy.empty();
  if (!fetch.answered() || proxied || fetch.address.starts_with('[')) return std::nullopt;
  const Doubt found{kAnewAfter, "late connection"};
  if (!fetch.reused_connection) {
    return is_late(fetch) ? std::optional(found) : std::nullopt;
  }
  // A kept connection tells nothing new.
  const AnswerToClient* known = remembered(means, fetch.url, client);
  return known != nullptr && known->answer.patience ? std::optional(found) : std::nullopt;
}

bool offers(const model::ClientRequest& client, const std::string& suite) {
  const std::string list = ":" + client.suites + ":";
  return client.suites.empty() || list.find(":" + suite + ":") != std::string::npos;
}

// By another proxy, or none, or with another trust store.
bool goes_otherwise(const model::Fetch& fetch, const model::ClientRequest& client) {
  if (client.trust) return true;
  if (!client.proxy) return false;
  const auto url = base::parse_url(fetch.url);
  const auto proxy = url ? client.proxy->of(*url) : std::nullopt;
  if (!proxy) return false;
  const std::string own = fetch.circumstances ? fetch.circumstances->proxy : std::string();
  return own != model::place_of_proxy(*proxy);
}

// nullopt: this client asks, or is answered, as idpwatch.
std::optional<Doubt> doubt(const model::Fetch& fetch, const model::ClientRequest& client,
                           const SecondLook::Means& means) {
  if (client.ipv6_alone) {
    const bool by_proxy = client.proxy && goes_otherwise(fetch, client);
    return by_proxy ? std::nullopt : doubt_of_addresses(fetch, client, means);
  }
  if (goes_otherwise(fetch, client)) return Doubt{kAnewAfter, "route"};
  if (!client.whole) return std::nullopt;
  if (fetch.answered()) {
    const std::string suite = fetch.circumstances ? fetch.circumstances->suite : std::string();
    if (!suite.empty() && !offers(client, suite)) return Doubt{kCalmlyAnewAfter, "suite " + suite};
    const std::string* coding = fetch.header("content-encoding");
    if (!client.decodes && coding != nullptr) return Doubt{kCalmlyAnewAfter, "coding " + *coding};
    return is_nameless(client) ? std::optional(Doubt{kCalmlyAnewAfter, "nameless"}) : std::nullopt;
  }
  if (!fetch.failure) return std::nullopt;
  const auto anew = [&fetch] {
    return Doubt{kAnewAfter, std::string(to_text(fetch.failure->kind)) + "/" +
                                 std::string(to_text(fetch.failure->detail)) + " " +
                                 std::to_string(fetch.status)};
  };
  switch (fetch.failure->kind) {
    case model::FailureKind::kTimeout: {
      // Where nobody connects, all wait in vain.
      const auto met = model::circumstances_of(fetch);
      const bool longer = client.timeout > means.spec->timeout;
      return longer && met && met->waited > base::Duration(0) ? std::optional(anew())
                                                              : std::nullopt;
    }
    case model::FailureKind::kBody:
      return failed_by(fetch, model::FailureDetail::kTooLarge) ? std::nullopt
                                                               : std::optional(anew());
    case model::FailureKind::kHttp: {
      // It asks to be asked later: by no header line of ours can that be got around.
      if (failed_by(fetch, model::FailureDetail::kRateLimited) ||
          fetch.header("retry-after") != nullptr) {
        return std::nullopt;
      }
      const bool further = failed_by(fetch, model::FailureDetail::kTooManyRedirects) &&
                           client.redirects > means.limits.redirects;
      const bool by_status =
          failed_by(fetch, model::FailureDetail::kFiltered) || fetch.status / 100 == 5;
      return further || by_status ? std::optional(anew()) : std::nullopt;
    }
    case model::FailureKind::kDns:
    case model::FailureKind::kConnect:
    case model::FailureKind::kTls:
      break;
  }
  return std::nullopt;
}

const model::Intermediate* untried(const model::Fetch& fetch) {
  if (!fetch.circumstances || !fetch.circumstances->missing) return nullptr;
  const model::Intermediate& missing = *fetch.circumstances->missing;
  return missing.brought == Brought::kUntried && !missing.url.empty() ? &missing : nullptr;
}

// "Whether CN=..., at URL" may be told apart from an answer that was useless by this.
bool same_place(const model::Intermediate& a, const model::Intermediate& b) {
  return a.url == b.url && a.subject == b.subject;
}

// Whatever is missing: a chain of addresses is no reason to ask more often.
bool is_tried_lately(const SecondLook::Means& means) {
  const auto& known = means.memory.intermediate;
  return known && means.clock.boottime() - known->tried_at < kAnewAfter;
}

// All that may be asked: as each client asks, and of those that try addresses in turn whether the
// first ones answer.
std::vector<model::ClientRequest> requests_of(const SecondLook::Means& means) {
  std::vector<model::ClientRequest> requests;
  const std::size_t clients = std::min(means.clients.size(), kClientsMax);
  for (const model::ClientRequest& client : std::span(means.clients).first(clients)) {
    requests.push_back(client);
    if (!client.in_turn || means.spec->ip_version != model::IpVersion::kAny) continue;
    requests.push_back(client);
    requests.back().ipv6_alone = true;
  }
  return requests;
}

// As of nearly all probes: there is nothing that any client might meet otherwise.
bool is_plain(const model::Fetch& fetch, const SecondLook::Means& means) {
  return fetch.answered() && !fetch.circumstances && !is_late(fetch) &&
         fetch.header("content-encoding") == nullptr && means.memory.answers.empty() &&
         std::ranges::none_of(means.clients, [](const model::ClientRequest& client) {
           return is_nameless(client) || client.proxy || client.trust;
         });
}

bool holds(const AnswerToClient* known, const Doubt& doubt, const SecondLook::Means& means) {
  if (known == nullptr) return false;
  const base::Duration most = known->answer.failure.empty() ? doubt.holds : kAnewAfter;
  return means.clock.boottime() - known->asked_at < std::min(doubt.holds, most);
}

bool is_to_be_asked(const model::Fetch& fetch, const std::string& url,
                    const model::ClientRequest& client, const SecondLook::Means& means) {
  const auto in_doubt = doubt(fetch, client, means);
  return in_doubt && !holds(remembered(means, url, client), *in_doubt, means);
}

void add(model::Fetch& fetch, model::AskedAgain answer) {
  model::Circumstances met = fetch.circumstances ? *fetch.circumstances : model::Circumstances();
  std::erase_if(met.again, [&](const auto& one) { return one.request == answer.request; });
  met.again.push_back(std::move(answer));
  fetch.circumstances = std::make_shared<const model::Circumstances>(std::move(met));
}

void set_missing(model::Fetch& fetch, std::optional<model::Intermediate> missing) {
  model::Circumstances met = *fetch.circumstances;
  met.missing = std::move(missing);
  fetch.circumstances =
      met.plain() ? nullptr : std::make_shared<const model::Circumstances>(std::move(met));
}

// It came and was of no use: then our store is what lacks something.
void make_useless(KnownIntermediate& known) {
  known.der = nullptr;
  known.told.brought = Brought::kUntried;
}

std::optional<model::Intermediate> as_missing(const KnownIntermediate& known) {
  return known.told.brought == Brought::kUntried ? std::nullopt : std::optional(known.told);
}

}  // namespace

void remember(ProbeMemory& memory, AnswerToClient answer) {
  auto& answers = memory.answers;
  std::erase_if(answers, [&](const AnswerToClient& one) {
    return one.url == answer.url && one.answer.request == answer.answer.request;
  });
  if (answers.size() >= kAnswersMax) answers.erase(answers.begin());
  answers.push_back(std::move(answer));
}

bool SecondLook::is_due(const model::Fetch& fetch, const std::string& url, const Means& means) {
  if (untried(fetch) != nullptr && !is_tried_lately(means)) return true;
  if (is_plain(fetch, means)) return false;
  return std::ranges::any_of(requests_of(means), [&](const model::ClientRequest& client) {
    return is_to_be_asked(fetch, url, client, means);
  });
}

void SecondLook::add_known(model::Fetch& fetch, const std::string& url, bool completed,
                           const Means& means) {
  auto& known = means.memory.intermediate;
  if (completed && known && failed_by(fetch, model::FailureDetail::kCertificateUntrusted)) {
    make_useless(*known);
    if (fetch.circumstances) set_missing(fetch, std::nullopt);
  } else if (const model::Intermediate* missing = untried(fetch);
             missing != nullptr && known && same_place(known->told, *missing)) {
    set_missing(fetch, as_missing(*known));
  }
  if (means.memory.answers.empty()) return;
  for (const model::ClientRequest& client : requests_of(means)) {
    AnswerToClient* answer = remembered(means, url, client);
    if (answer == nullptr) continue;
    const auto in_doubt = doubt(fetch, client, means);
    // It ended, or became another one, since: what is older than it should be tells nothing.
    if (!in_doubt || in_doubt->cause != answer->cause) answer->stale = true;
    if (!in_doubt || (answer->stale && !holds(answer, *in_doubt, means))) continue;
    add(fetch, answer->answer);
  }
}

SecondLook::SecondLook(Means means, const DocumentMemory& document)
    : means_(std::move(means)), document_(document) {}

SecondLook::~SecondLook() { means_.transport.cancel(request_); }

void SecondLook::start(model::Fetch&& fetch, std::shared_ptr<const Target> target,
                       bool allow_private, bool again, Callback done) {
  fetch_ = std::move(fetch);
  target_ = std::move(target);
  allow_private_ = allow_private;
  again_with_it_ = again;
  done_ = std::move(done);
  const model::Intermediate* missing = untried(fetch_);
  if (missing != nullptr && !is_tried_lately(means_)) return fetch_intermediate(*missing);
  plan_asks();
}

void SecondLook::fetch_intermediate(const model::Intermediate& missing) {
  net::HttpRequest request;
  request.url = missing.url;
  request.total_timeout = request.connect_timeout = kCertificateWithin;
  request.body_limit = kCertificateBytesMax;
  request.header_limit = means_.limits.header_bytes;
  request.proxy = means_.spec->proxy;
  request.on_behalf_of = means_.spec->name;
  request.want_tls_facts = false;
  request.addresses.allow_private = means_.limits.private_addresses;
  request_ = means_.transport.start(std::move(request),
                                    [this, told = missing](net::HttpResponse&& response) {
                                      request_ = 0;
                                      take_intermediate(told, std::move(response));
                                    });
}

void SecondLook::take_intermediate(model::Intermediate told, net::HttpResponse&& response) {
  KnownIntermediate known{std::move(told), nullptr, means_.clock.boottime()};
  constexpr int kOk = 200;
  std::string der;
  if (!response.failure && response.status == kOk) der = net::read_certificate(response.body);
  const bool forbidden =
      response.failure && response.failure->detail == model::FailureDetail::kAddressRefused;
  known.told.brought = forbidden ? Brought::kForbidden : der.empty() ? Brought::kNo : Brought::kYes;
  if (!der.empty()) {
    known.der = std::make_shared<const std::string>(std::move(der));
    if (again_with_it_) return look_with(known);
  }
  means_.memory.intermediate = known;
  set_missing(fetch_, as_missing(known));
  plan_asks();
}

void SecondLook::look_with(const KnownIntermediate& known) {
  again_ = std::make_unique<DocumentFetch>(means_.transport, means_.clock, means_.spec,
                                           means_.limits, document_);
  again_->complete_with(known);
  if (allow_private_) again_->allow_private();
  again_->start(target_, false,
                [this, known = KnownIntermediate(known)](model::Fetch&& fetch) mutable {
                  if (failed_by(fetch, model::FailureDetail::kCertificateUntrusted)) {
                    make_useless(known);
                    set_missing(fetch_, std::nullopt);
                  } else {
                    fetch_ = std::move(fetch);
                  }
                  means_.memory.intermediate = std::move(known);
                  plan_asks();
                });
}

void SecondLook::plan_asks() {
  for (model::ClientRequest& request : requests_of(means_)) {
    const auto in_doubt = doubt(fetch_, request, means_);
    if (!in_doubt || holds(remembered(means_, target_->text(), request), *in_doubt, means_)) {
      continue;
    }
    asks_.push_back({std::move(request), in_doubt->cause});
  }
  ask_next();
}

// The answers of the clients, one after the other, each for as long as that client waits.
void SecondLook::ask_next() {
  if (next_ >= asks_.size()) return finish();
  const Ask& ask = asks_[next_++];
  as_client_ = std::make_unique<ClientFetch>(means_.transport, means_.clock, means_.spec,
                                             means_.limits, ask.request);
  as_client_->start(target_, allow_private_, [this, &ask](model::AskedAgain&& answer) {
    if (ask.request.ipv6_alone && answer.patience) {
      answer.failure += ", " + base::printable(fetch_.address) + " does";
    }
    AnswerToClient known{target_->text(), answer, ask.cause, false, means_.clock.boottime()};
    if (answer.body && answer.body->size() > kBodyMax) known.answer.body = nullptr;
    remember(means_.memory, std::move(known));
    add(fetch_, std::move(answer));
    ask_next();
  });
}

void SecondLook::finish() {
  // Ours may be destroyed by the callee.
  const Callback done = std::move(done_);
  done(std::move(fetch_));
}

}  // namespace idpwatch::probe
