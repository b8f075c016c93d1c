#include "validators/node/jose_traits.hpp"

#include "validators/core/cache_policy.hpp"

namespace idpwatch::validators {
namespace {

constexpr base::Duration kTenMinutes = base::minutes(10);

constexpr Since<JoseTraits> kReleases[] = {
    {{4, 0, 0}, {kForEver, false, false, true, false, 0}},
    {{4, 7, 0}, {kTenMinutes, false, false, true, false, 0}},  // cacheMaxAge
    {{5, 0, 0}, {kTenMinutes, false, false, false, true, 1}},
    {{6, 0, 0}, {kTenMinutes, true, false, false, true, 2}},
    {{6, 2, 10}, {kTenMinutes, true, true, false, true, 3}},
};

}  // namespace

JoseTraits jose_traits(Version version) { return at_version(kReleases, version); }

}  // namespace idpwatch::validators
