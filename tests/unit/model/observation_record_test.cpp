#include "model/observation_record.hpp"

#include "base/digest.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::model {

namespace {

const std::string kHead =
    R"({"schema":"idpwatch.observation/v1","at":"2026-03-01T05:12:07Z","authority":"zillow","issuer":"https://i")";

std::string error_of(const std::string& line) {
  const auto read = RecordReader().read(line);
  REQUIRE_FALSE(read);
  CHECK_FALSE(read.error().hint.empty());
  return read.error().message;
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a record is read with the bytes of its bodies", "[model]") {
  const auto read = RecordReader().read(
      kHead +
      R"(,"discovery":{"url":"https://i/d","status":200,"headers":{"Cache-Control":"max-age=5"},"body": {"issuer" : "x"} },"jwks":{"url":"https://i/k","status":200,"headers":{},"body":{"keys":[]}}})");
  REQUIRE(read);
  CHECK(read->authority == "zillow");
  CHECK(base::format_rfc3339(read->at) == "2026-03-01T05:12:07Z");
  REQUIRE(read->discovery);
  CHECK(*read->discovery->body == R"({"issuer" : "x"})");
  CHECK(read->discovery->sha256 == base::sha256_hex(R"({"issuer" : "x"})"));
  CHECK(*read->discovery->header("cache-control") == "max-age=5");
  CHECK(*read->jwks->body == R"({"keys":[]})");
  CHECK(read->jwks->answered());
}

TEST_CASE("failed, absent, unchanged and empty parts are told apart", "[model]") {
  const auto read = RecordReader().read(
      kHead +
      R"(,"jwks":{"url":"u","status":503,"error":{"kind":"http","message":"HTTP 503","detail":"too-large"}}})");
  REQUIRE(read);
  CHECK_FALSE(read->discovery);
  REQUIRE(read->jwks->failure);
  CHECK(read->jwks->failure->kind == FailureKind::kHttp);
  CHECK(read->jwks->failure->detail == FailureDetail::kTooLarge);
  CHECK(read->jwks->status == 503);
  CHECK(read->jwks->body == nullptr);

  const auto unchanged = RecordReader().read(kHead + R"(,"jwks":{"url":"u","status":304}})");
  REQUIRE(unchanged);
  CHECK(unchanged->jwks->not_modified);
  const auto empty = RecordReader().read(kHead + R"(,"jwks":{"url":"u","status":200}})");
  REQUIRE(empty);
  CHECK(empty->jwks->body->empty());
  const auto text =
      RecordReader().read(kHead + R"(,"jwks":{"url":"u","status":200,"body":"<html>\n"}})");
  REQUIRE(text);
  CHECK(*text->jwks->body == "<html>\n");
}

TEST_CASE("a record says what is wrong with it, where, and how to mend it", "[model]") {
  // Which line it is says whoever has the file.
  CHECK_FALSE(error_of("nonsense").empty());
  CHECK_FALSE(mentions(error_of("nonsense"), "line"));
  CHECK(mentions(error_of("{}"), "\"schema\""));
  CHECK(mentions(error_of(R"({"schema":"idpwatch.observation/v9"})"), "idpwatch.observation/v9"));
  CHECK(mentions(error_of(R"({"schema":"idpwatch.observation/v1","authority":"a"})"), "\"at\""));
  CHECK(
      mentions(error_of(R"({"schema":"idpwatch.observation/v1","at":"yesterday","authority":"a"})"),
               "yesterday"));
  CHECK(mentions(error_of(R"({"schema":"idpwatch.observation/v1","at":"2026-03-01T05:12:07Z"})"),
                 "authority"));
  CHECK(mentions(error_of(kHead + R"(,"jwks":null})"), "\"jwks\" is null"));
  CHECK(mentions(error_of(kHead + R"(,"jwks":{"status":"200"}})"), "jwks.status"));
  CHECK(mentions(error_of(kHead + R"(,"jwks":{"status":2000}})"), "2000"));
  CHECK(mentions(error_of(kHead + R"(,"jwks":{"status":200,"body":7}})"), "jwks.body"));
  CHECK(mentions(error_of(kHead + R"(,"jwks":{"error":{"kind":"gremlins","message":""}}})"),
                 "gremlins"));
  CHECK(mentions(error_of(kHead + R"(,"jwks":{"error":{"message":""}}})"), "no kind"));
  CHECK(mentions(error_of(kHead + R"(,"jwks":{"headers":{"a":1}}})"), "jwks.headers.a"));
  RecordReader reader;
  REQUIRE(reader.read(kHead + "}"));
  CHECK_FALSE(reader.read(kHead));
  CHECK(reader.read(kHead + "}"));
}

TEST_CASE("an unchanged body is the same body, and a longer one is not", "[model]") {
  RecordReader reader;
  const auto line = [](const std::string& body) {
    return kHead + R"(,"jwks":{"url":"u","status":200,"body":)" + body + "}}";
  };
  const auto first = reader.read(line(R"({"keys":[1]})"));
  const auto second = reader.read(line(R"({"keys":[1]})"));
  const auto third = reader.read(line(R"({"keys":[1,2]})"));
  REQUIRE((first && second && third));
  CHECK(first->jwks->body == second->jwks->body);
  CHECK(*third->jwks->body == R"({"keys":[1,2]})");
  CHECK(third->jwks->sha256 == base::sha256_hex(R"({"keys":[1,2]})"));
  // A string that begins like an object is no reason to stop reading there.
  REQUIRE(reader.read(line(R"("{\"keys\":[1")")));
  const auto after = reader.read(line(R"({"keys":[1]})"));
  REQUIRE(after);
  CHECK(*after->jwks->body == R"({"keys":[1]})");
}

TEST_CASE("what is written is read back", "[model]") {
  Observation seen;
  seen.at = *base::parse_rfc3339("2026-03-01T05:12:07.25Z");
  seen.authority = "a \"b\"\x1b";
  seen.issuer = "https://i";
  seen.discovery.emplace();
  seen.discovery->url = "https://i/d";
  seen.discovery->status = 200;
  seen.discovery->headers = {{"vary", "a"}, {"vary", "b"}};
  seen.discovery->body = std::make_shared<const std::string>("{\n  \"issuer\": \"x\"\r\n}\n");
  seen.jwks.emplace();
  seen.jwks->status = 200;
  seen.jwks->body = std::make_shared<const std::string>("[1]");
  const std::string line = write_record(seen);
  CHECK(line.find('\n') == std::string::npos);
  const auto read = RecordReader().read(line);
  REQUIRE(read);
  CHECK(read->at == seen.at);
  CHECK(read->authority == seen.authority);
  CHECK(*read->discovery->body == R"({  "issuer": "x"})");
  CHECK(*read->discovery->header("vary") == "a, b");
  CHECK(*read->jwks->body == "[1]");
  CHECK(write_record(*read) == line);
}

TEST_CASE("what another client may meet otherwise is written and read back", "[model][way]") {
  Observation seen;
  seen.at = *base::parse_rfc3339("2026-03-01T05:12:07Z");
  seen.authority = "a";
  seen.discovery.emplace();
  seen.discovery->url = "https://i/d";
  seen.discovery->failure = Failure{FailureKind::kTimeout, FailureDetail::kNone, "no answer"};
  seen.discovery->phases.connect_us = 1'000;
  seen.discovery->phases.total_us = 10'003'000;
  seen.jwks.emplace();
  seen.jwks->url = "https://i/k";
  seen.jwks->failure =
      Failure{FailureKind::kTls, FailureDetail::kCertificateUntrusted, "unable to verify"};
  Circumstances met;
  met.missing = {"CN=issuing", "http://aia/x", Intermediate::Brought::kForbidden};
  met.suite = "AES256-SHA";
  AskedAgain& again = met.again.emplace_back();
  again.as = "JwtBearer";
  again.request = "User-Agent: x";
  again.status = 403;
  seen.jwks->circumstances = std::make_shared<const Circumstances>(met);
  const auto read = RecordReader().read(write_record(seen));
  REQUIRE(read);
  REQUIRE(circumstances_of(*read->discovery));
  CHECK(circumstances_of(*read->discovery)->waited == base::seconds(10));
  CHECK(read->jwks->failure->detail == FailureDetail::kCertificateUntrusted);
  REQUIRE(read->jwks->circumstances);
  CHECK(*read->jwks->circumstances == met);
  CHECK(read_circumstances("[1]").plain());
  CHECK(read_circumstances("{").plain());
  CHECK(read_circumstances(R"({"missing":7,"again":[1,{}],"waited_ms":"x"})").again.size() == 1);
}

}  // namespace idpwatch::model
