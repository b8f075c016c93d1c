// One GET as HttpDocumentRetriever and HttpClient of .NET do it: https required or not, redirects,
// the retry on 408 and 503, the time-out, the body limit.
#pragma once

#include "validators/core/turn.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace idpwatch::validators {

inline constexpr std::size_t kRetrievedMax =
    10UL * 1024 * 1024;                   // MaxResponseContentBufferSize of JwtBearer
inline constexpr int kRedirectsMax = 50;  // HttpClientHandler.MaxAutomaticRedirections

struct RetrieverRules {
  bool require_https = true;
  enum class Retry {
    kNone,
    kOnce,  // on 408 and 503, at once: HttpDocumentRetriever from 6.15.1 on
    kFive   // five tries in all, 1, 2, 4 and 8 s apart, on 404, 408, 429, 5xx and broken
            // connections: the resilience handler of OpenIddict
  };
  Retry retry = Retry::kOnce;
  base::Duration timeout = base::seconds(60);
};

struct Retrieved {
  Body body;
  std::string content_type;
  std::string error;   // IDX20108, IDX20804, IDX20807; empty = a body
  std::string reason;  // for people: "503", "connection refused"
};

// `count` goes up by one for each attempt; a redirect counts with the attempt that met it.
Retrieved retrieve(Turn& turn, std::string_view url, const RetrieverRules& rules, int& count);

}  // namespace idpwatch::validators
