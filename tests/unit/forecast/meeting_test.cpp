// What a service's own client meets where idpwatch met something: by the transport policy of its
// stack. The reports behind it are real; each test is one of them with its siblings.
#include "forecast/history/meeting.hpp"

#include "fixture.hpp"
#include "validators/core/transport_request.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::forecast {

using base::minutes;
using base::seconds;
using Catch::Matchers::Contains;
using model::Certainty;
using model::Circumstances;
using model::FailureDetail;
using model::Intermediate;
using validators::Fault;

namespace {

validators::Served with(validators::Served served, Circumstances met) {
  served.circumstances = std::make_shared<const Circumstances>(std::move(met));
  return served;
}

Circumstances lacking(Intermediate::Brought brought) {
  Circumstances met;
  met.detail = brought == Intermediate::Brought::kYes ? FailureDetail::kNone
                                                      : FailureDetail::kCertificateUntrusted;
  met.missing = {"CN=issuing CA of the test", "http://aia.test:8089/issuing.der", brought};
  return met;
}

Circumstances failed_by(FailureDetail detail) {
  Circumstances met;
  met.detail = detail;
  return met;
}

// A service on jose, which asks for the key set alone.
Fixture jose(const std::string& version = "6.2.18") {
  Fixture world(version);
  world.settings.profile = "jose";
  world.settings.jwks_url = model::TextSetting(std::string(kKeys), {"app.js", 3, "jwksUri"});
  world.settings.issuers = model::ListSetting({std::string(kIssuer)}, {"app.js", 4, "issuer"});
  return world;
}

// How that service's client asks.
model::ClientRequest request_of(Fixture& world) {
  const auto validator = validators::Validator::compile(world.settings, nullptr);
  REQUIRE(validator);
  const auto request =
      validators::client_request((*validator)->transport(), (*validator)->cache().fetch);
  REQUIRE(request);
  return *request;
}

model::AskedAgain answered(const model::ClientRequest& request, int status) {
  model::AskedAgain again;
  again.as = request.as;
  again.request = request.key();
  again.status = status;
  again.took = seconds(1);
  return again;
}

std::string all_of(const std::vector<std::string>& notes) {
  std::string out;
  for (const std::string& note : notes) out += note + "\n";
  return out;
}

std::string text_of(const model::Finding& finding) {
  std::string out = finding.summary + "\n" + finding.remedy;
  for (const model::Evidence& row : finding.evidence) out += "\n" + row.fact + ": " + row.value;
  return out;
}

}  // namespace

TEST_CASE("A missing intermediate that AIA brings: .NET is well with a note, jose refuses",
          "[forecast][way]") {
  const auto brought = lacking(Intermediate::Brought::kYes);
  Fixture dotnet("8.0.1");
  dotnet.serve(kNoon, kMetadata, with(body(document(kIssuer)), brought));
  dotnet.serve(kNoon, kKeys, with(body(key_set({"old"})), brought));
  CHECK(dotnet.bad_rules(kNoon).empty());
  const Forecast well = dotnet.judge(kNoon);
  CHECK(well.undetermined.empty());
  CHECK_THAT(all_of(well.notes), Contains("intermediate 'CN=issuing CA of the test'"));
  CHECK_THAT(all_of(well.notes), Contains("8089/issuing.der"));
  CHECK_THAT(all_of(well.notes), Contains("AIA"));

  Fixture node = jose();
  node.serve(kNoon, kKeys, with(body(key_set({"old"})), brought));
  const model::Finding finding = node.finding("refusal-tls", kNoon, true);
  CHECK(finding.certainty == Certainty::kLikely);
  CHECK_THAT(finding.remedy, Contains("full chain"));
  CHECK_THAT(text_of(finding), Contains("CN=issuing CA of the test"));
  CHECK_THAT(text_of(finding), !Contains("Renew"));
  CHECK_THAT(text_of(finding), !Contains("trust its issuer"));
}

TEST_CASE("An intermediate whose address does not answer here is a risk for .NET alone",
          "[forecast][way]") {
  const auto closed = lacking(Intermediate::Brought::kNo);
  Fixture dotnet("8.0.1");
  dotnet.serve(kNoon, kMetadata, with(fault(Fault::kTls), closed));
  const model::Finding finding = dotnet.finding("refusal-tls", kNoon, true);
  CHECK(finding.certainty == Certainty::kPossible);
  CHECK(finding.severity == model::Severity::kWarning);
  CHECK_THAT(text_of(finding), Contains("8089"));
  CHECK_THAT(text_of(finding), Contains("does not answer here"));
  CHECK_THAT(finding.remedy, !Contains("Renew"));
  Fixture node = jose();
  node.serve(kNoon, kKeys, with(fault(Fault::kTls), closed));
  CHECK(node.finding("refusal-tls", kNoon, true).certainty == Certainty::kLikely);
}

TEST_CASE("What our address policy kept from us leaves .NET undetermined", "[forecast][way]") {
  Fixture dotnet("8.0.1");
  dotnet.serve(kNoon, kMetadata,
               with(fault(Fault::kTls), lacking(Intermediate::Brought::kForbidden)));
  CHECK(dotnet.bad_rules(kNoon).empty());
  CHECK_THAT(dotnet.judge(kNoon).undetermined, Contains("limits.private_addresses"));
}

TEST_CASE("Trust that ends below the root holds for idpwatch and not for .NET and Node",
          "[forecast][way]") {
  Circumstances met;
  met.anchor = "CN=issuing CA of the test";
  met.root = "CN=root of the test";
  for (Fixture world : {Fixture("8.0.1"), jose()}) {
    world.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
    world.serve(kNoon, kKeys, with(body(key_set({"old"})), met));
    const model::Finding finding = world.finding("refusal-tls", kNoon, true);
    INFO(world.settings.profile);
    CHECK(finding.certainty == Certainty::kPossible);
    CHECK_THAT(text_of(finding), Contains("CN=root of the test"));
    CHECK_THAT(text_of(finding), !Contains("Renew"));
    CHECK_THAT(text_of(finding), !Contains("full chain"));
  }
}

TEST_CASE("A certificate that our store does not trust says nothing of another store",
          "[forecast][way]") {
  for (Fixture world : {Fixture("8.0.1"), jose()}) {
    for (const std::string_view url : {kMetadata, kKeys}) {
      world.serve(kNoon, url,
                  with(fault(Fault::kTls), failed_by(FailureDetail::kCertificateUntrusted)));
    }
    INFO(world.settings.profile);
    CHECK(world.bad_rules(kNoon).empty());
    CHECK_THAT(world.judge(kNoon).undetermined, Contains("store"));
  }
}

TEST_CASE("Trusted by our ca_file is well with a note", "[forecast][way]") {
  Circumstances met;
  met.trusted_by = "/etc/corp/root.pem";
  Fixture world("8.0.1");
  world.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
  CHECK(world.bad_rules(kNoon).empty());
  CHECK_THAT(all_of(world.judge(kNoon).notes), Contains("ca_file /etc/corp/root.pem"));
  CHECK_THAT(all_of(world.judge(kNoon).notes), Contains("not seen"));
}

TEST_CASE("A suite that .NET does not offer from 5 on is a refusal, without a word on certificates",
          "[forecast][way]") {
  for (const std::string suite : {"AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA"}) {
    Circumstances met;
    met.suite = suite;
    Fixture dotnet("8.0.1");
    dotnet.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
    const model::Finding finding = dotnet.finding("refusal-tls", kNoon, true);
    CHECK(finding.certainty == Certainty::kLikely);
    CHECK_THAT(text_of(finding), Contains(suite));
    CHECK_THAT(text_of(finding), Contains("CipherString"));
    CHECK_THAT(text_of(finding), Contains("ECDHE"));
    CHECK_THAT(text_of(finding), !Contains("certificate"));
    Fixture old("5.5.0");  // .NET Core 3.1
    old.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
    CHECK(old.good("refusal-tls", kNoon));
    Fixture node = jose();
    node.serve(kNoon, kKeys, with(body(key_set({"old"})), met));
    CHECK(node.good("refusal-tls", kNoon));
  }
  Circumstances offered;
  offered.suite = "ECDHE-RSA-AES128-SHA256";
  Fixture dotnet("8.0.1");
  dotnet.serve(kNoon, kMetadata, with(body(document(kIssuer)), offered));
  CHECK(dotnet.good("refusal-tls", kNoon));
}

TEST_CASE("By its own offer .NET may agree on another suite, and then all is well",
          "[forecast][way]") {
  Fixture dotnet("8.0.1");
  const model::ClientRequest request = request_of(dotnet);
  CHECK(request.suites.starts_with("ECDHE-ECDSA-AES256-GCM-SHA384:"));
  Circumstances met;
  met.suite = "AES256-GCM-SHA384";
  met.again.push_back(answered(request, 200));
  dotnet.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
  CHECK(dotnet.good("refusal-tls", kNoon));
  met.again.back() = answered(request, 0);
  met.again.back().failure = "sslv3 alert handshake failure";
  dotnet.serve(kNoon + minutes(1), kMetadata, with(body(document(kIssuer)), met));
  const model::Finding finding = dotnet.finding("refusal-tls", kNoon + minutes(1), true);
  CHECK(finding.certainty == Certainty::kLikely);
  CHECK_THAT(text_of(finding), Contains("fails with its offer"));
}

TEST_CASE("A dead IPv6 address slows down who tries addresses in turn", "[forecast][way]") {
  Fixture dotnet("8.0.1");
  model::ClientRequest request = request_of(dotnet);
  CHECK(request.in_turn);
  request.ipv6_alone = true;
  Circumstances met;
  met.again.push_back(answered(request, 0));
  met.again.back().patience = true;
  met.again.back().failure = "[fd00:1::9]:443 does not answer, 10.9.9.9:443 does";
  dotnet.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
  const model::Finding finding = dotnet.finding("refusal-slow", kNoon, true);
  CHECK(finding.certainty == Certainty::kPossible);  // in another place there may be no IPv6
  CHECK_THAT(text_of(finding), Contains("fd00:1::9"));
  CHECK_THAT(text_of(finding), Contains("10.9.9.9"));
  CHECK_THAT(text_of(finding), Contains("DOTNET_SYSTEM_NET_DISABLEIPV6"));
  CHECK_THAT(text_of(finding), !Contains("certificate"));
  Fixture node = jose();
  node.serve(kNoon, kKeys, with(body(key_set({"old"})), met));
  CHECK(node.good("refusal-slow", kNoon));
  // IPv6 that refuses at once costs nothing.
  met.again.back().patience = false;
  met.again.back().failure = "cannot connect";
  dotnet.serve(kNoon + minutes(1), kMetadata, with(body(document(kIssuer)), met));
  CHECK(dotnet.good("refusal-slow", kNoon + minutes(1)));
}

TEST_CASE("What OpenSSL 3 refuses is a risk on a system's OpenSSL and likely on Node's own",
          "[forecast][way]") {
  for (const FailureDetail detail :
       {FailureDetail::kLegacyRenegotiation, FailureDetail::kTlsLevel}) {
    Fixture dotnet("8.0.1");
    dotnet.serve(kNoon, kMetadata, with(fault(Fault::kHandshake), failed_by(detail)));
    const model::Finding finding = dotnet.finding("refusal-tls", kNoon, true);
    CHECK(finding.certainty == Certainty::kPossible);
    CHECK_THAT(text_of(finding), Contains("OpenSSL"));
    CHECK_THAT(text_of(finding), !Contains("Renew"));
    Fixture node = jose();
    node.serve(kNoon, kKeys, with(fault(Fault::kHandshake), failed_by(detail)));
    CHECK(node.finding("refusal-tls", kNoon, true).certainty == Certainty::kLikely);
  }
}

TEST_CASE("What idpwatch alone cannot or may not do is no refusal of a service",
          "[forecast][way]") {
  for (const FailureDetail detail :
       {FailureDetail::kRenegotiation, FailureDetail::kCoding, FailureDetail::kProxy,
        FailureDetail::kFiltered, FailureDetail::kRateLimited}) {
    Fixture world("8.0.1");
    validators::Served seen = fault(Fault::kRefused);
    seen.status = 403;
    world.serve(kNoon, kMetadata, with(seen, failed_by(detail)));
    INFO(model::to_text(detail));
    CHECK(world.bad_rules(kNoon).empty());
    CHECK_FALSE(world.judge(kNoon).undetermined.empty());
    for (const model::CheckResult& result : world.judge(kNoon).results) {
      if (result.finding.rule != "refusal-unreachable") continue;
      CHECK(result.health == model::Health::kUnknown);  // neither opens nor closes anything
    }
  }
}

TEST_CASE("Who waits longer than idpwatch is undetermined, who waits less meets a slow provider",
          "[forecast][way]") {
  Circumstances met;
  met.waited = seconds(10);
  validators::Served silent = fault(Fault::kTimeout);
  silent.delay = seconds(10);
  Fixture dotnet("8.0.1");  // waits 60 s
  dotnet.serve(kNoon, kMetadata, with(silent, met));
  CHECK(dotnet.bad_rules(kNoon).empty());
  CHECK_THAT(dotnet.judge(kNoon).undetermined, Contains("timeout"));
  Fixture node = jose();  // 5 s
  node.serve(kNoon, kKeys, with(silent, met));
  CHECK(node.finding("refusal-slow", kNoon, true).certainty == Certainty::kLikely);
}

TEST_CASE("The answer to a service's own request is the service's", "[forecast][way]") {
  Fixture world("8.0.1");
  const model::ClientRequest request = request_of(world);
  Circumstances met = failed_by(FailureDetail::kFiltered);
  met.again.push_back(answered(request, 200));
  met.again.back().body = std::make_shared<const std::string>(document(kIssuer));
  validators::Served refused;
  refused.status = 403;
  world.serve(kNoon, kMetadata, with(refused, met));
  CHECK(world.bad_rules(kNoon).empty());
  CHECK(world.judge(kNoon).undetermined.empty());
  CHECK_THAT(all_of(world.judge(kNoon).notes), Contains("asked again as"));

  // By address or by headers: that cannot be told apart from here.
  met.again.back() = answered(request, 403);
  world.serve(kNoon + minutes(1), kMetadata, with(refused, met));
  CHECK(world.bad_rules(kNoon + minutes(1)).empty());
  CHECK_THAT(world.judge(kNoon + minutes(1)).undetermined, Contains("403"));
  CHECK_THAT(world.judge(kNoon + minutes(1)).undetermined, Contains("address"));
  CHECK_THAT(world.judge(kNoon + minutes(1)).undetermined, Contains("User-Agent"));

  met.again.back() = answered(request, 429);
  world.serve(kNoon + minutes(2), kMetadata, with(refused, met));
  CHECK_THAT(world.judge(kNoon + minutes(2)).undetermined, Contains("429"));
}

TEST_CASE("What is answered whoever asks is the service's, too", "[forecast][way]") {
  for (const int status : {406, 500, 503}) {
    Fixture world("8.0.1");
    const model::ClientRequest request = request_of(world);
    Circumstances met;
    if (status == 406) met = failed_by(FailureDetail::kFiltered);
    met.again.push_back(answered(request, status));
    validators::Served refused;
    refused.status = status;
    world.serve(kNoon, kMetadata, with(body(document(kIssuer)), {}));
    world.serve(kNoon + minutes(1), kMetadata, with(refused, met));
    INFO(status);
    const model::Finding finding = world.finding("refusal-unreachable", kNoon + minutes(1), true);
    CHECK(finding.certainty == Certainty::kLikely);
    CHECK_THAT(text_of(finding), Contains(std::to_string(status)));
    if (status >= 500) CHECK_THAT(text_of(finding), !Contains("User-Agent"));
  }
}

TEST_CASE("Who sends no User-Agent is refused where a filter wants one", "[forecast][way]") {
  Fixture old("5.5.0");  // .NET Core 3.1: sends none
  const model::ClientRequest request = request_of(old);
  Circumstances met;
  met.again.push_back(answered(request, 403));
  old.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
  const model::Finding finding = old.finding("refusal-unreachable", kNoon, true);
  CHECK(finding.certainty == Certainty::kLikely);
  CHECK_THAT(text_of(finding), Contains("without a User-Agent"));
  Fixture later("8.0.1");
  later.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
  CHECK(later.good("refusal-unreachable", kNoon));
}

TEST_CASE("A document that comes compressed unasked is read as it is", "[forecast][way]") {
  Fixture world("8.0.1");
  const model::ClientRequest request = request_of(world);
  for (const std::string coding : {"gzip", "br"}) {
    Circumstances met;
    met.again.push_back(answered(request, 200));
    met.again.back().coding = coding;
    met.again.back().body = std::make_shared<const std::string>("\x1f\x8b\x08 and so on");
    world.serve(kNoon, kMetadata, with(body(document(kIssuer)), met));
    const model::Finding finding = world.finding("refusal-document", kNoon, true);
    CHECK(finding.certainty == Certainty::kLikely);
    CHECK_THAT(text_of(finding), Contains(coding));
    CHECK_THAT(text_of(finding), Contains("Accept-Encoding"));
    CHECK_THAT(text_of(finding), !Contains("malformed"));
  }
  Circumstances plain;
  plain.again.push_back(answered(request, 200));
  plain.again.back().coding = "gzip";
  plain.again.back().body = std::make_shared<const std::string>(document(kIssuer));
  world.serve(kNoon + minutes(1), kMetadata, with(body(document(kIssuer)), plain));
  CHECK(world.good("refusal-document", kNoon + minutes(1)));
  CHECK_THAT(all_of(world.judge(kNoon + minutes(1)).notes), Contains("Content-Encoding"));
}

TEST_CASE("Without a doubt the history is not read otherwise", "[forecast][way]") {
  Fixture world("8.0.1");
  CHECK_FALSE(world.history.in_doubt());
  world.serve(kNoon, kMetadata, fault(Fault::kRefused));
  CHECK_FALSE(world.history.in_doubt());
  world.serve(kNoon + minutes(1), kMetadata,
              with(fault(Fault::kTls), failed_by(FailureDetail::kCertificateUntrusted)));
  CHECK(world.history.in_doubt());
}

TEST_CASE("Each stack has a policy, and says what is not known of it", "[forecast][way]") {
  Fixture dotnet("8.0.1");
  CHECK(request_of(dotnet).headers ==
        std::vector<std::pair<std::string, std::string>>{
            {"User-Agent", "Microsoft ASP.NET Core JwtBearer handler"},
            {"Accept", ""},
            {"Accept-Encoding", ""}});
  Fixture node = jose();
  const auto validator = validators::Validator::compile(node.settings, nullptr);
  REQUIRE(validator);
  CHECK((*validator)->transport().request.accept == validators::kUnknown);
  CHECK_FALSE(validators::client_request((*validator)->transport(), (*validator)->cache().fetch));
}

}  // namespace idpwatch::forecast
