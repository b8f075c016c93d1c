// HttpClient with SocketsHttpHandler on Linux, .NET 6 to 10: how it goes to the provider. Sources:
// dotnet/runtime ChainPal.OpenSsl.cs, OpenSslX509ChainProcessor.cs,
// OpenSslCachedSystemStoreProvider.cs, pal_ssl.c, HttpEnvironmentProxy.cs, RedirectHandler.cs; the
// strings of the JwtBearer packages; runs of .NET 10.0.12 on Debian 12.
#pragma once

#include "validators/core/transport_policy.hpp"

#include <string>

namespace idpwatch::validators {

// `host`: the major version of ASP.NET Core.
TransportPolicy jwt_bearer_transport(const std::string& version, int host);
// Of a library whose header lines are not known.
TransportPolicy dotnet_transport(std::string client);

}  // namespace idpwatch::validators
