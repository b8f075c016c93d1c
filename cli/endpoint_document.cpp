#include "cli/endpoint_document.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

// Values that are secrets of somebody are not shown: what --header adds, and cookies.
Json fields(const model::HeaderFields& headers, const model::HeaderFields& extra) {
  Json out = Json::array();
  for (const auto& [name, value] : headers) {
    const bool secret =
        std::find(extra.begin(), extra.end(), std::pair(name, value)) != extra.end() ||
        base::iequals(name, "set-cookie") || base::iequals(name, "authorization");
    out.push_back(Json::array({name, secret ? "(not shown)" : value}));
  }
  return out;
}

Json request(const model::Hop& hop, const model::HeaderFields& extra) {
  Json sent{{"method", hop.request.method},
            {"url", base::redact_url(hop.request.url)},
            {"headers", fields(hop.request.headers, extra)}};
  Json answered{{"status", hop.answer.status}, {"headers", fields(hop.answer.headers, {})}};
  const std::string target = model::redirect_target(hop);
  answered["location"] = target.empty() ? Json(nullptr) : Json(base::redact_url(target));
  if (!hop.answer.failure.empty()) answered["failure"] = hop.answer.failure;
  return Json{{"sent", std::move(sent)}, {"answered", std::move(answered)}};
}

Json check(const checks::EndpointCheck& one) {
  const auto text = [](const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(value);
  };
  return Json{{"check", checks::to_text(one.name)},
              {"result", checks::to_text(one.outcome)},
              {"expected", text(one.expected)},
              {"found", text(one.found)},
              {"browser_says", text(one.browser_says)},
              {"remedy", text(one.remedy)},
              {"notes", one.notes}};
}

}  // namespace

std::string endpoint_document(const JudgedEndpoint& judged) {
  Json document{{"schema", "idpwatch.endpoint/v1"},
                {"requests", Json::array()},
                {"checks", Json::array()},
                {"findings", Json::array()}};
  const model::Exchange& exchange = judged.exchange;
  for (const auto* hops :
       {&exchange.plain, &exchange.forwarded, &exchange.preflight, &exchange.resource_metadata,
        &exchange.server_metadata, &exchange.with_token}) {
    for (const model::Hop& hop : *hops) document["requests"].push_back(request(hop, judged.extra));
  }
  for (const checks::EndpointCheck& one : judged.report.checks) {
    document["checks"].push_back(check(one));
  }
  for (const model::Finding& finding : judged.findings) {
    document["findings"].push_back(Json(model::to_json(finding)));
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace idpwatch::cli
