// Requests to a protected API and what it answered, as they went over the wire: header fields keep
// their order and are repeated where they were. Plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::model {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

struct SentRequest {
  std::string method = "GET", url;
  HeaderFields headers;
};

struct GivenAnswer {
  int status = 0;  // 0: none
  HeaderFields headers;
  std::string body;     // the beginning of it
  std::string failure;  // why there is none
};

struct Hop {
  SentRequest request;
  GivenAnswer answer;
};

// The values of a field, in order; names without regard to case.
std::vector<std::string> field_values(const HeaderFields& headers, std::string_view name);
// As a browser reads a repeated field (RFC 9110 section 5.3); nullopt: it is absent.
std::optional<std::string> joined_field(const HeaderFields& headers, std::string_view name);

bool is_redirect(const Hop& hop);
// Where it leads, absolute; empty: nowhere, or to no URL.
std::string redirect_target(const Hop& hop);

// The hops of one look, taken apart by what each was for.
struct Exchange {
  std::vector<Hop> plain;              // without a token, redirects followed
  std::vector<Hop> forwarded;          // the same with X-Forwarded-Proto: https
  std::vector<Hop> preflight;          // OPTIONS; one, or none
  std::vector<Hop> with_token;         // redirects followed within the origin
  std::vector<Hop> resource_metadata;  // RFC 9728
  std::vector<Hop> server_metadata;    // RFC 8414, OpenID Connect Discovery
};

// By method, headers and address, from one list.
Exchange sorted_exchange(const std::vector<Hop>& hops);

}  // namespace idpwatch::model
