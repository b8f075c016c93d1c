#include "probe/endpoint_probe.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace idpwatch::probe {
namespace {

// What is read of an answer, and what is kept of one that is no document: an error text.
constexpr std::uint64_t kBodyRead = std::uint64_t{64} * 1024;
constexpr std::size_t kTextKept = 4096;
constexpr std::size_t kSignatureLeast = 16;

net::Method method_of(const std::string& name) {
  if (name == "POST") return net::Method::kPost;
  if (name == "OPTIONS") return net::Method::kOptions;
  return net::Method::kGet;
}

net::HttpRequest request_of(const EndpointAsk& ask, const checks::PlannedRequest& planned) {
  net::HttpRequest request;
  request.on_behalf_of = ask.on_behalf_of;
  request.method = method_of(planned.request.method);
  request.url = planned.request.url;
  for (const auto& [name, value] : planned.request.headers) {
    request.headers.emplace_back(
        name, value == checks::kTokenPlaceholder ? "Bearer " + ask.token : value);
  }
  request.connect_timeout = request.total_timeout = ask.transport.timeout;
  request.body_limit = kBodyRead;
  request.header_limit = ask.limits.header_bytes;
  request.ip_version = ask.transport.ip_version;
  request.proxy = ask.transport.proxy;
  request.ca_file = ask.transport.ca_file;
  request.addresses.allow_private = !planned.learned || ask.limits.private_addresses;
  request.another_follows = true;
  return request;
}

bool is_document(const checks::PlannedRequest& planned) {
  return planned.part == &model::Exchange::resource_metadata ||
         planned.part == &model::Exchange::server_metadata;
}

void replace_all(std::string& text, const std::string& what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// Some servers repeat the token in an error text or a header: none of that may reach a finding, a
// log or a terminal. Its last part alone, the signature, is what makes it one.
void scrub(const std::string& token, std::string& text) {
  if (token.empty()) return;
  replace_all(text, token, "(token)");
  const std::size_t last = token.rfind('.');
  if (last != std::string::npos && token.size() - last > kSignatureLeast) {
    replace_all(text, token.substr(last + 1), "(token)");
  }
}

model::GivenAnswer answer_of(const checks::PlannedRequest& planned, const std::string& token,
                             net::HttpResponse&& response) {
  model::GivenAnswer answer;
  answer.status = response.status;
  answer.headers = std::move(response.headers);
  answer.body = std::move(response.body);
  for (auto& [name, value] : answer.headers) scrub(token, value);
  scrub(token, answer.body);
  if (!is_document(planned) && answer.body.size() > kTextKept) answer.body.resize(kTextKept);
  // A page that is larger than what is read of it has answered all the same.
  if (response.failure && response.status == 0) answer.failure = response.failure->message;
  scrub(token, answer.failure);
  return answer;
}

}  // namespace

struct EndpointProbe::Asked {
  EndpointAsk ask;
  Callback done;
  EndpointSeen seen;
  net::RequestId request = 0;
};

void EndpointProbe::start(EndpointAsk ask, Callback done) {
  asked_ = std::make_shared<Asked>(Asked{std::move(ask), std::move(done), {}, 0});
  next();
}

void EndpointProbe::cancel() {
  if (asked_ == nullptr) return;
  transport_.cancel(asked_->request);
  asked_.reset();
}

// The first request is always planned, so that `done` is never called from within start().
void EndpointProbe::next() {
  const EndpointAsk& ask = asked_->ask;
  const auto planned =
      checks::next_request(ask.question, ask.extra, !ask.token.empty(), asked_->seen.exchange);
  if (!planned || asked_->seen.ours) {
    const std::shared_ptr<Asked> ended = std::exchange(asked_, nullptr);
    return ended->done(std::move(ended->seen));
  }
  asked_->request = transport_.start(request_of(ask, *planned),
                                     [this, planned = *planned](net::HttpResponse&& response) {
                                       answered(planned, std::move(response));
                                     });
}

void EndpointProbe::answered(const checks::PlannedRequest& planned, net::HttpResponse&& response) {
  const bool failed = response.failure && response.status == 0;
  asked_->seen.ours =
      failed && (response.held_up || response.failure->detail == model::FailureDetail::kOurs);
  auto& hops = asked_->seen.exchange.*planned.part;
  hops.push_back({planned.request, answer_of(planned, asked_->ask.token, std::move(response))});
  next();
}

}  // namespace idpwatch::probe
