#include "net/proxy.hpp"

#include "base/no_proxy.hpp"

#include <array>
#include <span>

namespace idpwatch::net {

std::string effective_proxy(const base::Url& url, const std::optional<std::string>& configured,
                            const base::Environment& environment) {
  if (configured) return *configured;
  const auto first = [&](std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
      if (auto value = environment.get_nonempty(name)) return *value;
    }
    return std::string();
  };
  static constexpr std::array<std::string_view, 4> kHttps{"https_proxy", "HTTPS_PROXY", "all_proxy",
                                                          "ALL_PROXY"};
  static constexpr std::array<std::string_view, 3> kHttp{"http_proxy", "all_proxy", "ALL_PROXY"};
  static constexpr std::array<std::string_view, 2> kExempt{"no_proxy", "NO_PROXY"};
  std::string proxy = url.https() ? first(kHttps) : first(kHttp);
  const bool direct = base::exempts(base::kCurlNoProxy, first(kExempt), url).value_or(false);
  return direct ? std::string() : proxy;
}

}  // namespace idpwatch::net
