// Hosts of URLs and no_proxy lists: never a crash, and an address is never both literal and public
// in one spelling and private in the other.
#include "base/no_proxy.hpp"
#include "net/address_policy.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace idpwatch::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find('\n');
  const std::string_view host = text.substr(0, cut);
  const AddressClass bare = classify_address(host);
  if (classify_address("[" + std::string(host) + "]") != bare && !host.starts_with('[')) {
    std::abort();
  }
  if (!is_address_literal(host) && bare != AddressClass::kUnusable) std::abort();
  if (cut != std::string_view::npos) {
    idpwatch::base::Url url;
    url.host = host;
    (void)idpwatch::base::exempts(idpwatch::base::kCurlNoProxy, text.substr(cut + 1), url);
  }
  return 0;
}
