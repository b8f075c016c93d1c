#include "watch/canary_fetch.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace idpwatch::watch {
namespace {

// A token of Entra with many groups has some 20 KiB.
constexpr std::uint64_t kAnswerMax = std::uint64_t{512} * 1024;
constexpr base::Duration kPlatformTimeout = base::seconds(5);

checks::CanaryFailure failure_of(checks::CanaryTrouble trouble, std::string detail) {
  checks::CanaryFailure failure;
  failure.trouble = trouble;
  failure.detail = std::move(detail);
  return failure;
}

std::string_view header_of(const net::HttpResponse& response, std::string_view name) {
  const std::string* value = response.header(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

}  // namespace

void CanaryFetch::start(CanaryQuestion question, Callback done) {
  question_ = std::move(question);
  done_ = std::move(done);
  self_ = std::make_shared<CanaryFetch*>(this);
  const auto wanted = std::make_shared<const CanaryFiles>(question_.files);
  parts_.background.submit(
      [wanted, &files = parts_.files, fetch = std::weak_ptr(self_)]() -> Background::Done {
        const auto material =
            std::make_shared<base::Result<CanaryMaterial>>(read_canary_material(*wanted, files));
        return [material, fetch] {
          if (const auto self = fetch.lock()) (*self)->take_material(std::move(*material));
        };
      });
}

void CanaryFetch::cancel() {
  self_.reset();
  parts_.transport.cancel(std::exchange(request_id_, 0));
  done_ = nullptr;
  sent_.clear();
}

void CanaryFetch::take_material(base::Result<CanaryMaterial>&& material) {
  if (!material) {
    CanaryOutcome outcome;
    outcome.failure = failure_of(checks::CanaryTrouble::kNotReadable,
                                 base::printable(material.error().text(), 400));
    return finish(std::move(outcome));
  }
  if (question_.files.canary.token_file) {
    CanaryOutcome outcome;
    outcome.token = std::move(material->token);
    outcome.asked = *question_.files.canary.token_file;
    return finish(std::move(outcome));
  }
  ask(*material);
}

void CanaryFetch::ask(const CanaryMaterial& material) {
  const CanaryFiles& files = question_.files;
  auto made = checks::canary_request(files.canary, files.token_endpoint, material.platform,
                                     {material.assertion.text(), question_.secret_in_body});
  if (!made) {
    CanaryOutcome outcome;
    outcome.failure = failure_of(checks::CanaryTrouble::kNoEndpoint, made.error().message);
    return finish(std::move(outcome));
  }
  request_ = std::move(*made);
  net::HttpRequest request;
  request.on_behalf_of = question_.owner;
  request.method = request_.post ? net::Method::kPost : net::Method::kGet;
  request.url = request_.url;
  request.headers = std::move(request_.headers);
  request.body = std::move(request_.body);
  request.body_limit = kAnswerMax;
  request.total_timeout = question_.way.timeout;
  request.ip_version = question_.way.ip_version;
  request.proxy = question_.way.proxy;
  request.ca_file = question_.way.ca_file;
  request.addresses.allow_private = question_.allow_private;
  if (request_.metadata) {
    request.addresses = {.allow_private = true, .allow_metadata = true};
    request.proxy = "";
    request.total_timeout = std::min(request.total_timeout, kPlatformTimeout);
  }
  request.connect_timeout = request.total_timeout;
  if (const auto& client = files.canary.client_credentials) {
    request.client_cert = client->client_cert;
    request.client_key_file = client->client_key_file;
    sent_.emplace_back(client->client_secret);
    sent_.emplace_back(checks::form_encode(client->client_secret));
  }
  sent_.emplace_back(material.assertion.text());
  if (material.platform) sent_.emplace_back(material.platform->header);
  request_id_ = parts_.transport.start(std::move(request), [this](net::HttpResponse&& response) {
    request_id_ = 0;
    take_answer(std::move(response));
  });
}

void CanaryFetch::take_answer(net::HttpResponse&& response) {
  const base::Secret body(std::move(response.body));
  checks::CanaryReply reply;
  reply.status = response.status;
  reply.body = body.text();
  reply.failure = response.failure;
  reply.retry_after = header_of(response, "retry-after");
  reply.date = header_of(response, "date");
  std::vector<std::string> secrets;
  secrets.reserve(sent_.size());
  for (const base::Secret& one : sent_) secrets.push_back(one.text());
  CanaryOutcome outcome;
  std::string token;
  outcome.failure = checks::read_canary_reply(reply, request_.bare_token, request_.metadata,
                                              secrets, parts_.scheduler.now().wall, token);
  for (std::string& secret : secrets) base::cleanse(secret);
  outcome.token = base::Secret(std::move(token));
  outcome.asked = base::redact_url(request_.url);
  finish(std::move(outcome));
}

void CanaryFetch::finish(CanaryOutcome&& outcome) {
  self_.reset();
  sent_.clear();
  const Callback done = std::exchange(done_, nullptr);
  done(std::move(outcome));
}

}  // namespace idpwatch::watch
