#include "watch/canary_material.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "deployed/core/process_start.hpp"
#include "probe/assertion_key.hpp"

#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::watch {
namespace {

constexpr std::size_t kSecretBytesMax = std::size_t{256} * 1024;
constexpr std::size_t kProcessBytesMax = std::size_t{1024} * 1024;

base::Result<base::Secret> read_secret(const std::string& path, const FileAccess& files) {
  auto bytes = files.read(path, kSecretBytesMax);
  if (!bytes) return base::fail(bytes.error());
  base::Secret whole(std::move(*bytes));
  return base::Secret(std::string(base::trim(whole.text())));
}

base::Result<base::Secret> read_token(const std::string& path, const FileAccess& files) {
  auto token = read_secret(path, files);
  if (token && (token->empty() || token->text().find_first_of(" \t\r\n") != std::string::npos)) {
    return base::fail(base::ErrorKind::kInput, path + " does not contain one token",
                      "it must hold the token and nothing else");
  }
  return token;
}

base::Result<base::Secret> signed_assertion(const CanaryFiles& wanted,
                                            const model::ClientCredentials& client,
                                            const FileAccess& files) {
  const auto pem = read_secret(*client.private_key_file, files);
  if (!pem) return base::fail(pem.error());
  const auto key = probe::AssertionKey::read(pem->text());
  if (!key) return base::fail(base::Error(key.error()).in(*client.private_key_file));
  checks::AssertionHeader header;
  header.alg = client.alg.value_or(key->usual_algorithm());
  header.kid = client.kid;
  if (client.certificate_file) {
    const auto certificate = files.read(*client.certificate_file, kSecretBytesMax);
    if (!certificate) return base::fail(certificate.error());
    auto thumbprints = probe::certificate_thumbprints(*certificate);
    if (!thumbprints) {
      return base::fail(base::Error(thumbprints.error()).in(*client.certificate_file));
    }
    header.x5t = std::move(thumbprints->x5t);
    header.x5t_s256 = std::move(thumbprints->x5t_s256);
  }
  const std::string input = checks::assertion_signing_input(
      header, {client.client_id, client.token_url.value_or(wanted.token_endpoint),
               wanted.assertion_id, base::to_unix_seconds(wanted.now)});
  const auto signature = key->sign(header.alg, input);
  if (!signature) return base::fail(base::Error(signature.error()).in(*client.private_key_file));
  return base::Secret(input + '.' + base::base64url_encode(*signature));
}

std::optional<checks::PlatformEndpoint> endpoint_of(int pid, const FileAccess& files) {
  auto bytes = files.read("/proc/" + std::to_string(pid) + "/environ", kProcessBytesMax);
  if (!bytes) return std::nullopt;
  const base::Secret environment(std::move(*bytes));
  checks::PlatformEndpoint found;
  for (const std::string_view line : base::split(environment.text(), '\0')) {
    constexpr std::string_view kUrl = "IDENTITY_ENDPOINT=", kHeader = "IDENTITY_HEADER=";
    if (line.starts_with(kUrl)) found.url = line.substr(kUrl.size());
    if (line.starts_with(kHeader)) found.header = line.substr(kHeader.size());
  }
  return found.url.empty() || found.header.empty() ? std::nullopt : std::optional(found);
}

std::optional<checks::PlatformEndpoint> platform_endpoint(const CanaryFiles& wanted,
                                                          const FileAccess& files) {
  if (wanted.pid_file) {
    const auto bytes = files.read(*wanted.pid_file, 4096);
    const auto pid = bytes ? deployed::parse_pid_file(*bytes) : base::Result<int>(0);
    return pid && *pid > 0 ? endpoint_of(*pid, files) : std::nullopt;
  }
  if (!wanted.unit) return std::nullopt;
  const auto processes = files.read("/sys/fs/cgroup/system.slice/" + *wanted.unit + "/cgroup.procs",
                                    std::size_t{64} * 1024);
  if (!processes) return std::nullopt;
  for (const std::string_view line : base::split(*processes, '\n')) {
    int pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    auto found = pid > 0 ? endpoint_of(pid, files) : std::nullopt;
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace

base::Result<CanaryMaterial> read_canary_material(const CanaryFiles& wanted,
                                                  const FileAccess& files) {
  CanaryMaterial material;
  if (wanted.canary.token_file) {
    auto token = read_token(*wanted.canary.token_file, files);
    if (!token) return base::fail(token.error());
    material.token = std::move(*token);
  }
  if (const auto& client = wanted.canary.client_credentials) {
    if (client->private_key_file || client->assertion_file) {
      auto assertion = client->private_key_file ? signed_assertion(wanted, *client, files)
                                                : read_token(*client->assertion_file, files);
      if (!assertion) return base::fail(assertion.error());
      material.assertion = std::move(*assertion);
    }
  }
  if (wanted.canary.managed_identity && !wanted.canary.managed_identity->endpoint) {
    material.platform = platform_endpoint(wanted, files);
  }
  return material;
}

}  // namespace idpwatch::watch
