#include "probe/second_look.hpp"

#include "base/url.hpp"
#include "net/chain_doubt.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::probe {

namespace {

using Brought = model::Intermediate::Brought;

constexpr base::Duration kAnewAfter = base::minutes(10);
// While nothing fails, and only how a client asks is in doubt.
constexpr base::Duration kCalmlyAnewAfter = base::hours(12);
constexpr std::size_t kClientsMax = 4;
constexpr std::size_t kAnswersMax = 2 * kClientsMax;
constexpr std::uint64_t kCertificateBytesMax = std::uint64_t{64} * 1024;
constexpr base::Duration kCertificateWithin = base::seconds(5);

bool failed_by(const model::Fetch& fetch, model::FailureDetail detail) {
  return fetch.failure && fetch.failure->detail == detail;
}

// nullopt: this client asks, or is answered, as idpwatch; else how long an answer holds.
std::optional<base::Duration> doubt(const model::Fetch& fetch, const model::ClientRequest& client,
                                    const SecondLook::Means& means) {
  if (client.proxy) return kAnewAfter;
  if (fetch.answered()) {
    const bool compressed = !client.decodes && fetch.header("content-encoding") != nullptr;
    const bool nameless = std::ranges::any_of(client.headers, [](const auto& header) {
      return header.first == "User-Agent" && header.second.empty();
    });
    return compressed || nameless ? std::optional(kCalmlyAnewAfter) : std::nullopt;
  }
  if (!fetch.failure) return std::nullopt;
  switch (fetch.failure->kind) {
    case model::FailureKind::kTimeout: {
      const bool longer = client.timeout > means.spec->timeout;
      return longer ? std::optional(kAnewAfter) : std::nullopt;
    }
    case model::FailureKind::kBody:
      return failed_by(fetch, model::FailureDetail::kTooLarge) ? std::nullopt
                                                               : std::optional(kAnewAfter);
    case model::FailureKind::kHttp: {
      const bool further = failed_by(fetch, model::FailureDetail::kTooManyRedirects) &&
                           client.redirects > means.limits.redirects;
      const bool by_status = fetch.failure->detail == model::FailureDetail::kFiltered ||
                             fetch.failure->detail == model::FailureDetail::kRateLimited ||
                             fetch.status / 100 == 5;
      return further || by_status ? std::optional(kAnewAfter) : std::nullopt;
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

}  // namespace

void remember(ProbeMemory& memory, AnswerToClient answer) {
  auto& answers = memory.answers;
  std::erase_if(answers, [&](const AnswerToClient& one) {
    return one.url == answer.url && one.answer.request == answer.answer.request;
  });
  if (answers.size() >= kAnswersMax) answers.erase(answers.begin());
  answers.push_back(std::move(answer));
}

bool SecondLook::is_due(const model::Fetch& fetch, const Means& means) {
  return untried(fetch) != nullptr ||
         std::ranges::any_of(means.clients, [&](const model::ClientRequest& client) {
           return doubt(fetch, client, means).has_value();
         });
}

SecondLook::SecondLook(Means means, const DocumentMemory& document)
    : means_(std::move(means)), document_(document) {}

SecondLook::~SecondLook() { means_.transport.cancel(request_); }

void SecondLook::start(model::Fetch&& fetch, std::shared_ptr<const Target> target,
                       bool allow_private, Callback done) {
  fetch_ = std::move(fetch);
  target_ = std::move(target);
  allow_private_ = allow_private;
  done_ = std::move(done);
  const model::Intermediate* missing = untried(fetch_);
  if (missing == nullptr) return ask_next();
  const auto& known = means_.memory.intermediate;
  const bool lately = known && same_place(known->told, *missing) &&
                      means_.clock.boottime() - known->tried_at < kAnewAfter;
  if (!lately) return fetch_intermediate(*missing);
  // It came and was of no use: then our store is what lacks something.
  tell_missing(known->told.brought == Brought::kUntried ? std::nullopt
                                                        : std::optional(known->told));
  ask_next();
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
    return look_with(known);
  }
  means_.memory.intermediate = known;
  tell_missing(known.told);
  ask_next();
}

void SecondLook::look_with(const KnownIntermediate& known) {
  again_ = std::make_unique<DocumentFetch>(means_.transport, means_.clock, means_.spec,
                                           means_.limits, document_);
  again_->complete_with(known);
  if (allow_private_) again_->allow_private();
  again_->start(target_, false,
                [this, known = KnownIntermediate(known)](model::Fetch&& fetch) mutable {
                  if (failed_by(fetch, model::FailureDetail::kCertificateUntrusted)) {
                    known.der = nullptr;
                    known.told.brought = Brought::kUntried;
                    tell_missing(std::nullopt);
                  } else {
                    fetch_ = std::move(fetch);
                  }
                  means_.memory.intermediate = std::move(known);
                  ask_next();
                });
}

bool SecondLook::settled(const model::ClientRequest& client, base::Duration holds) {
  const std::string key = client.key();
  const auto known = std::ranges::find_if(means_.memory.answers, [&](const auto& one) {
    return one.url == target_->text() && one.answer.request == key;
  });
  if (known != means_.memory.answers.end() && means_.clock.boottime() - known->asked_at < holds) {
    tell(known->answer);
    return true;
  }
  const bool slow = fetch_.failure && fetch_.failure->kind == model::FailureKind::kTimeout;
  if (!slow || means_.patient) return false;
  means_.later(client, target_);
  return true;
}

// The answers of the clients, one after the other.
void SecondLook::ask_next() {
  const std::size_t clients = std::min(means_.clients.size(), kClientsMax);
  while (next_ < clients) {
    const model::ClientRequest& client = means_.clients[next_++];
    const auto holds = doubt(fetch_, client, means_);
    if (!holds || settled(client, *holds)) continue;
    as_client_ = std::make_unique<ClientFetch>(means_.transport, means_.clock, means_.spec,
                                               means_.limits, client);
    // A look goes on for no longer than it would without it, a few times over.
    const base::Duration most = means_.patient ? client.timeout : means_.spec->timeout;
    return as_client_->start(target_, allow_private_, most, [this](model::AskedAgain&& answer) {
      remember(means_.memory, {target_->text(), answer, means_.clock.boottime()});
      tell(std::move(answer));
      ask_next();
    });
  }
  finish();
}

void SecondLook::tell(model::AskedAgain answer) {
  model::Circumstances met = fetch_.circumstances ? *fetch_.circumstances : model::Circumstances();
  met.again.push_back(std::move(answer));
  fetch_.circumstances = std::make_shared<const model::Circumstances>(std::move(met));
}

void SecondLook::tell_missing(const std::optional<model::Intermediate>& missing) {
  model::Circumstances met = *fetch_.circumstances;
  met.missing = missing;
  fetch_.circumstances =
      met.plain() ? nullptr : std::make_shared<const model::Circumstances>(std::move(met));
}

void SecondLook::finish() {
  // Ours may be destroyed by the callee.
  const Callback done = std::move(done_);
  done(std::move(fetch_));
}

}  // namespace idpwatch::probe
