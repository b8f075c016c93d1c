#include "cli/endpoint_probe.hpp"

#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "net/trust_store.hpp"

#include <cstdint>
#include <functional>
#include <utility>

namespace idpwatch::cli {
namespace {

constexpr std::uint64_t kBody = std::uint64_t{64} * 1024;

net::HttpRequest made(const EndpointProbe& probe, const checks::PlannedRequest& planned) {
  net::HttpRequest request;
  request.on_behalf_of = "endpoint";
  const std::string& method = planned.request.method;
  request.method = method == "POST"      ? net::Method::kPost
                   : method == "OPTIONS" ? net::Method::kOptions
                                         : net::Method::kGet;
  request.url = planned.request.url;
  for (const auto& [name, value] : planned.request.headers) {
    request.headers.emplace_back(
        name, value == checks::kTokenPlaceholder ? "Bearer " + probe.token : value);
  }
  request.connect_timeout = request.total_timeout = probe.transport.timeout;
  request.body_limit = kBody;
  request.header_limit = probe.limits.header_bytes;
  request.ip_version = probe.transport.ip_version;
  request.proxy = probe.transport.proxy;
  request.ca_file = probe.transport.ca_file;
  request.addresses.allow_private = !planned.learned || probe.limits.private_addresses;
  request.another_follows = true;
  return request;
}

model::GivenAnswer given(net::HttpResponse&& response) {
  model::GivenAnswer answer;
  answer.status = response.status;
  answer.headers = std::move(response.headers);
  answer.body = std::move(response.body);
  // A page that is larger than what is read of it has answered all the same.
  if (response.failure && response.status == 0) answer.failure = response.failure->message;
  return answer;
}

}  // namespace

base::Result<model::Exchange> probe_endpoint(const EndpointProbe& probe,
                                             const base::Environment& environment,
                                             const base::Clock& clock) {
  if (auto trust = net::check_trust_store(probe.transport.ca_file, environment); !trust) {
    return base::fail(trust.error());
  }
  auto loop = net::EventLoop::create(clock);
  if (!loop) return base::fail(loop.error());
  net::HttpClientOptions options;
  options.environment = environment;
  net::HttpClient client(**loop, clock, options);
  model::Exchange exchange;
  std::function<void()> ask = [&] {
    const auto planned =
        checks::next_request(probe.question, probe.extra, !probe.token.empty(), exchange);
    if (!planned) return (*loop)->stop();
    client.start(
        made(probe, *planned), [&exchange, &ask, planned = *planned](net::HttpResponse&& response) {
          (exchange.*planned.part).push_back({planned.request, given(std::move(response))});
          ask();
        });
  };
  ask();
  // Everything may have been planned away.
  if (checks::next_request(probe.question, probe.extra, !probe.token.empty(), exchange)) {
    (*loop)->run();
  }
  return exchange;
}

}  // namespace idpwatch::cli
