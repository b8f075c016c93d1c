// Letters over the wire, to a mail server on loopback.
#include "alerts/delivery.hpp"
#include "base/encoding.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "tests/fakes/smtp_server.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <stdexcept>

using namespace idpwatch;
using namespace idpwatch::fakes;
using alerts::Disposition;
using alerts::FailureReason;
using model::FailureDetail;
using model::FailureKind;

namespace {

const TestCa& ca() {
  static const TestCa authority;
  return authority;
}

const Identity& identity() {
  static const Identity own = ca().issue({"localhost", "127.0.0.1"});
  return own;
}

net::HttpRequest letter_to(const SmtpServer& server) {
  net::MailEnvelope mail;
  mail.from = "idpwatch@example.com";
  mail.to = {"oncall@example.com", "bob@example.com"};
  net::HttpRequest request;
  request.url = server.url();
  request.body = "Subject: hello\r\n\r\n.a line with a dot\r\n..\r\nend\r\n";
  request.total_timeout = base::seconds(5);
  request.ca_file = ca().file();
  request.mail = std::make_shared<const net::MailEnvelope>(mail);
  return request;
}

void change(net::HttpRequest& request, const std::function<void(net::MailEnvelope&)>& how) {
  auto mail = std::make_shared<net::MailEnvelope>(*request.mail);
  how(*mail);
  request.mail = std::move(mail);
}

struct Post {
  base::SystemClock clock;
  std::unique_ptr<net::EventLoop> loop = net::EventLoop::create(clock).value();
  net::HttpClient client{*loop, clock, {}};

  net::HttpResponse send(net::HttpRequest request) {
    std::optional<net::HttpResponse> response;
    client.start(std::move(request),
                 [&response](net::HttpResponse&& came) { response = std::move(came); });
    const base::Duration end = clock.boottime() + base::seconds(20);
    while (!response) {
      if (clock.boottime() > end) throw std::runtime_error("no answer within 20 s");
      loop->turn(base::milliseconds(200));
    }
    return *std::move(response);
  }
};

alerts::AttemptResult result_of(const net::HttpResponse& response) {
  alerts::ReceiverConfig receiver;
  receiver.kind = alerts::Email{};
  return alerts::attempt_result(receiver, response);
}

Disposition disposition_of(const net::HttpResponse& response) {
  return judge(result_of(response)).what;
}

}  // namespace

TEST_CASE("a letter goes by STARTTLS, whole and to all recipients", "[mail]") {
  const SmtpServer server({}, &identity());
  Post post;
  const auto response = post.send(letter_to(server));
  REQUIRE_FALSE(response.failure);
  CHECK(response.status == 250);
  CHECK(response.body == "queued");
  CHECK(disposition_of(response) == Disposition::kDelivered);
  const auto letters = server.letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].from == "<idpwatch@example.com>");
  CHECK(letters[0].to == std::vector<std::string>{"<oncall@example.com>", "<bob@example.com>"});
  CHECK(letters[0].text == letter_to(server).body);
  CHECK(letters[0].encrypted);
}

TEST_CASE("smtps speaks TLS from the first byte, and logs in", "[mail]") {
  const SmtpServer server({.tls_at_once = true}, &identity());
  Post post;
  net::HttpRequest request = letter_to(server);
  change(request, [](net::MailEnvelope& mail) {
    mail.username = "me";
    mail.password = "secret";
  });
  CHECK(post.send(request).status == 250);
  const auto letters = server.letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].encrypted);
  CHECK(letters[0].login == base::base64_encode(std::string("\0me\0secret", 10)));
}

TEST_CASE("without STARTTLS nothing is sent, unless that is configured", "[mail]") {
  const SmtpServer server({.offers_starttls = false}, &identity());
  Post post;
  net::HttpRequest request = letter_to(server);
  const auto refused = post.send(request);
  REQUIRE(refused.failure);
  CHECK(refused.failure->kind == FailureKind::kTls);
  CHECK(refused.failure->message ==
        "the server does not offer STARTTLS, and nothing is sent without TLS");
  CHECK(disposition_of(refused) == Disposition::kRetry);
  CHECK(server.letters().empty());
  change(request, [](net::MailEnvelope& mail) { mail.require_tls = false; });
  CHECK(post.send(request).status == 250);
  const auto letters = server.letters();
  REQUIRE(letters.size() == 1);
  CHECK_FALSE(letters[0].encrypted);
}

TEST_CASE("a certificate that is not trusted, or of another name, is a TLS failure", "[mail]") {
  const Identity other = ca().issue({"other.example"});
  const SmtpServer server({}, &other);
  const TestCa stranger;
  Post post;
  const auto name = post.send(letter_to(server));
  REQUIRE(name.failure);
  CHECK(name.failure->kind == FailureKind::kTls);
  CHECK(name.failure->detail == FailureDetail::kCertificateName);
  net::HttpRequest request = letter_to(server);
  request.ca_file = stranger.file();
  const auto untrusted = post.send(request);
  REQUIRE(untrusted.failure);
  CHECK(untrusted.failure->detail == FailureDetail::kCertificateUntrusted);
  CHECK_FALSE(result_of(untrusted).may_have_arrived);
}

TEST_CASE("what a mail server refuses is told by its code and words, and by a reason", "[mail]") {
  struct Case {
    std::string command, reply;
    int status;
    Disposition what;
    FailureReason reason;
  };
  const std::vector<Case> cases{
      {"AUTH", "535 5.7.8 wrong password", 535, Disposition::kSlow, FailureReason::kAuth},
      {"MAIL", "550 5.7.1 no relay", 550, Disposition::kSlow, FailureReason::kClient},
      {"RCPT", "550 5.1.1 nobody", 550, Disposition::kSlow, FailureReason::kClient},
      {"RCPT", "450 4.2.0 greylisted", 450, Disposition::kRetry, FailureReason::kServer},
      {".", "554 5.6.0 spam", 554, Disposition::kDropped, FailureReason::kClient},
      {".", "451 4.3.0 later", 451, Disposition::kRetry, FailureReason::kServer}};
  Post post;
  for (const Case& one : cases) {
    CAPTURE(one.command, one.reply);
    const SmtpServer server({.replies = {{one.command, one.reply}}}, &identity());
    net::HttpRequest request = letter_to(server);
    change(request, [](net::MailEnvelope& mail) { mail.username = mail.password = "x"; });
    const auto response = post.send(request);
    const alerts::AttemptResult result = result_of(response);
    CHECK(response.status == one.status);
    CHECK(judge(result).what == one.what);
    CHECK(judge(result).reason == "SMTP " + one.reply.substr(0, 3) + ": " + one.reply.substr(4));
    CHECK(reason_of(result) == one.reason);
    CHECK(server.letters().empty());
  }
}

TEST_CASE("a recipient who is refused keeps the letter from nobody else, and is named", "[mail]") {
  const SmtpServer server({.replies = {{"RCPT TO:<bob", "550 5.1.1 left the company"}}},
                          &identity());
  Post post;
  const auto response = post.send(letter_to(server));
  const alerts::AttemptResult result = result_of(response);
  CHECK(judge(result).what == Disposition::kDelivered);
  CHECK(result.partly == "bob@example.com: 550 5.1.1 left the company");
  const auto letters = server.letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].to == std::vector<std::string>{"<oncall@example.com>"});
}

TEST_CASE("a server that hangs fails by time and holds up no loop; after the letter it may have it",
          "[mail]") {
  Post post;
  for (const std::string command : {"RCPT", "."}) {
    CAPTURE(command);
    const SmtpServer server({.replies = {{command, "hang"}}}, &identity());
    net::HttpRequest request = letter_to(server);
    request.total_timeout = base::milliseconds(400);
    const auto response = post.send(request);
    REQUIRE(response.failure);
    CHECK(response.failure->kind == FailureKind::kTimeout);
    CHECK(result_of(response).may_have_arrived == (command == "."));
  }
}

TEST_CASE("a server that does not answer QUIT has taken the letter all the same", "[mail]") {
  const SmtpServer server({.replies = {{"QUIT", "hang"}}}, &identity());
  Post post;
  const auto response = post.send(letter_to(server));
  CHECK_FALSE(response.failure);
  CHECK(response.body == "queued");
}

TEST_CASE("a letter that is cancelled ends without an answer, also with its client", "[mail]") {
  const SmtpServer server({.replies = {{"RCPT", "hang"}}}, &identity());
  bool answered = false;
  {
    Post post;
    const auto id =
        post.client.start(letter_to(server), [&](net::HttpResponse&&) { answered = true; });
    post.client.cancel(id);
    post.client.start(letter_to(server), [&](net::HttpResponse&&) { answered = true; });
    post.loop->turn(base::milliseconds(50));
  }
  CHECK_FALSE(answered);
}

TEST_CASE("nobody at that port is a failure to connect", "[mail]") {
  std::string url;
  {
    const SmtpServer gone({}, &identity());
    url = gone.url("127.0.0.1");
  }
  const SmtpServer server({}, &identity());
  net::HttpRequest request = letter_to(server);
  request.url = url;
  Post post;
  const auto response = post.send(request);
  REQUIRE(response.failure);
  CHECK(response.failure->kind == FailureKind::kConnect);
  CHECK_FALSE(result_of(response).may_have_arrived);
}
