// What is judged of a protected API: five checks, each with what was expected and found, what a
// browser's console says of it, and what to do. Plain values.
#pragma once

#include "model/exchange.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

using model::Exchange;
using model::field_values;
using model::GivenAnswer;
using model::HeaderFields;
using model::Hop;
using model::is_redirect;
using model::joined_field;
using model::redirect_target;

enum class EndpointCheckName { kChallenge, kCors, kRedirects, kArrival, kAnswer };
enum class EndpointOutcome { kOk, kWarning, kRefused, kUnknown, kNotChecked };
std::string_view to_text(EndpointCheckName name);   // "challenge"
std::string_view to_text(EndpointOutcome outcome);  // "not-checked"

struct EndpointCheck {
  EndpointCheckName name = EndpointCheckName::kChallenge;
  EndpointOutcome outcome = EndpointOutcome::kNotChecked;
  std::string rule;  // of the finding that it makes; empty: none
  std::string expected, found;
  std::string browser_says;
  std::string remedy;
  std::vector<std::string> notes;  // where it is fine, and worth knowing

  void judge(EndpointOutcome to, std::string why_rule, std::string what) {
    outcome = to;
    rule = std::move(why_rule);
    found = std::move(what);
  }
};

// What is deployed behind it, as far as it is known.
enum class EndpointStack { kUnknown, kExpress, kAspNetCore, kSpring, kNginx };

struct EndpointQuestion {
  std::string url, method = "GET";
  std::string origin;       // of the page that calls it; empty: no browser does
  std::string cors_method;  // by which that page calls it; empty: `method`
  bool credentials = false;
  std::string forwarded_proto;  // sent with each call, as its proxy does; empty: not sent
  EndpointStack stack = EndpointStack::kUnknown;
  // What its challenge may name: of the deployed files (several schemes, several authorities), or
  // as our configuration expects it. Empty: not known.
  std::vector<std::string> authorities, resources;
  std::string metadata_resource;  // that RFC 9728 metadata must name; empty: the called address
  // Of the token that was sent; empty: none was.
  std::vector<std::string> token_audiences;
  std::string token_tenant;
  // What the validator answers to that token by its forecast; nullopt: not known.
  std::optional<int> forecast_status;
  std::string forecast_error;

  [[nodiscard]] const std::string& page_method() const {
    return cors_method.empty() ? method : cors_method;
  }
};

struct EndpointReport {
  std::vector<EndpointCheck> checks;  // in the order of their names

  // The first that is no success; null: all is well.
  [[nodiscard]] const EndpointCheck* first_failing() const;
};

EndpointReport judge_endpoint(const EndpointQuestion& question, const Exchange& exchange);

// Parts of it, each in a source of its own.
EndpointCheck judge_challenge(const EndpointQuestion& question, const Exchange& exchange);
EndpointCheck judge_cors(const EndpointQuestion& question, const Exchange& exchange);
EndpointCheck judge_redirects(const EndpointQuestion& question, const Exchange& exchange);
EndpointCheck judge_arrival(const EndpointQuestion& question, const Exchange& exchange);
EndpointCheck judge_answer(const EndpointQuestion& question, const Exchange& exchange);

// The stack behind an answer by its header fields, where files do not tell.
EndpointStack stack_of(const EndpointQuestion& question, const Exchange& exchange);
// What leads to a login page: its address; empty: nothing does.
std::string login_page(const Exchange& exchange);

}  // namespace idpwatch::checks
