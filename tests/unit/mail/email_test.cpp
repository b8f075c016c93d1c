// What a letter looks like: golden files, threads, and that no text becomes a header.
#include "alerts/delivery.hpp"
#include "alerts/receivers/mail_text.hpp"
#include "alerts/receivers/smtp_url.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "tests/unit/alerts/messages.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using alerts::EntryState;
using alerts::NoticeKind;

namespace {

alerts::ReceiverConfig mailbox() {
  alerts::ReceiverConfig receiver;
  receiver.name = "mail";
  receiver.url = "smtps://mail.example.com:465";
  receiver.kind = alerts::Email{"idpwatch@example.com", {"oncall@example.com"}, true};
  return receiver;
}

std::string letter(const model::OutboxMessage& message) { return render(mailbox(), message).body; }

std::string head_of(const std::string& letter) { return letter.substr(0, letter.find("\r\n\r\n")); }

// The value of a header, unfolded.
std::string header(const std::string& letter, const std::string& name) {
  const std::string head = "\r\n" + head_of(letter) + "\r\n";
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  std::string out;
  std::size_t from = at + name.size() + 4;
  while (true) {
    const std::size_t end = head.find("\r\n", from);
    out += head.substr(from, end - from);
    if (end + 2 >= head.size() || head[end + 2] != ' ') return out;
    from = end + 2;
  }
}

std::set<std::string> references(const std::string& letter) {
  std::set<std::string> out;
  const std::string value = header(letter, "References");
  for (const std::string_view id : base::split(value, ' ')) out.emplace(id);
  return out;
}

std::string decoded_words(const std::string& value) {
  std::string out;
  for (const std::string_view word : base::split(value, ' ')) {
    const bool encoded = word.starts_with("=?utf-8?B?") && word.ends_with("?=");
    if (!encoded) return value;
    out += base::base64_decode_lenient(word.substr(10, word.size() - 12)).value();
  }
  return out;
}

std::string decoded_text(const std::string& letter) {
  std::string out;
  const std::string text = letter.substr(letter.find("\r\n\r\n") + 4);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && text.compare(i, 3, "=\r\n") == 0) {
      i += 2;
    } else if (text[i] == '=') {
      out += base::hex_decode(base::to_lower(text.substr(i + 1, 2))).value();
      i += 2;
    } else if (text[i] != '\r') {
      out += text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> golden_letters() {
  model::Finding better = refusal("billing");
  better.first_seen -= base::minutes(5);
  const auto updated = stored_notice(
      NoticeKind::kUpdated, {{EntryState::kUpdated, refusal("orders-api#Bearer"), base::minutes(6)},
                             {EntryState::kResolved, better, base::minutes(11)}});
  return {{"firing", letter(firing())},     {"updated", letter(updated)},
          {"resolved", letter(resolved())}, {"forty", letter(rotation(40))},
          {"event", letter(event())},       {"test", letter(test_message())}};
}

std::string golden_path(const std::string& name) {
  return std::string(IDPWATCH_TEST_DATA) + "/golden/receivers/email-" + name + ".eml";
}

}  // namespace

TEST_CASE("letters are those of the golden files", "[mail]") {
  const auto letters = golden_letters();
  REQUIRE(letters.size() == 6);
  for (const auto& [name, text] : letters) {
    CAPTURE(name);
    std::ifstream file(golden_path(name), std::ios::binary);
    REQUIRE(file);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
  }
}

// Run by hand when a letter is meant to change: test_mail "[.golden]".
TEST_CASE("write the golden files of letters", "[.golden]") {
  for (const auto& [name, text] : golden_letters()) {
    std::ofstream(golden_path(name), std::ios::binary) << text;
    CHECK(std::filesystem::exists(golden_path(name)));
  }
}

TEST_CASE("a letter names whom, when, the log line, the remedy and the runbook", "[mail]") {
  const std::string text = letter(firing());
  CHECK(header(text, "Subject") == "CRITICAL: orders-api#Bearer: answers 401 from 00:42 UTC");
  CHECK(header(text, "Auto-Submitted") == "auto-generated");
  CHECK(header(text, "Date") == "Sun, 01 Mar 2026 00:00:00 +0000");
  CHECK(header(text, "Message-ID") == "<019ca7f0-0000-7000-8000-000000000001@example.com>");
  const std::string body = decoded_text(text);
  CHECK_THAT(body, Catch::Contains("IDX10503: Signature validation failed. The token's kid is"));
  CHECK_THAT(body, Catch::Contains("Restart it after the new key is published"));
  CHECK_THAT(body, Catch::Contains("docs/rules.md#refusal-rotation"));
}

TEST_CASE("every letter is ASCII in short lines, whatever is in it", "[mail]") {
  for (const auto& message : {hostile(), rotation(1000), event(), firing(), test_message()}) {
    const std::string text = letter(message);
    CHECK(text.size() < 60'000);
    CHECK(std::ranges::all_of(
        text, [](char c) { return c == '\r' || c == '\n' || (c >= ' ' && c <= '~'); }));
    CHECK(text.ends_with("\r\n"));
    std::size_t bare = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) ++bare;
      if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) ++bare;
    }
    CHECK(bare == 0);
    std::size_t longest = 0;
    for (const std::string_view line : base::split(text, '\n'))
      longest = std::max(longest, line.size());
    CHECK(longest <= 77);  // with "\r"
  }
}

TEST_CASE("no text becomes a header of a letter", "[mail]") {
  model::Finding evil = refusal("orders\r\nBcc: evil@example.com\r\n\r\nbody");
  evil.subject.deployment = "\xF0\x9F\x94\xA5 =?utf-8?B?QmNj?= \r\nBcc: evil@example.com";
  evil.id = "x>\r\nBcc: evil@example.com";
  for (const auto& message :
       {hostile(), stored_notice(NoticeKind::kFiring, {{EntryState::kOpened, evil, {}}})}) {
    const std::string text = letter(message);
    std::set<std::string> names;
    const std::string head = head_of(text);
    for (const std::string_view line : base::split(head, '\n')) {
      if (!line.starts_with(' ')) names.emplace(line.substr(0, line.find(':')));
    }
    CHECK(names == std::set<std::string>{"Date", "From", "To", "Subject", "Message-ID",
                                         "In-Reply-To", "References", "Importance",
                                         "Auto-Submitted", "MIME-Version", "Content-Type",
                                         "Content-Transfer-Encoding"});
    const std::string subject = decoded_words(header(text, "Subject"));
    CHECK(subject.starts_with("CRITICAL: "));
    CHECK(std::ranges::none_of(subject, [](char c) { return c == '\r' || c == '\n'; }));
  }
}

TEST_CASE("all letters about one life of an alert stand in one thread", "[mail]") {
  model::Finding first = refusal("a"), second = refusal("b");
  second.first_seen += base::minutes(5);
  const auto told = [](NoticeKind kind, std::vector<alerts::NoticeEntry> entries) {
    return references(letter(stored_notice(kind, std::move(entries))));
  };
  const auto opened = told(NoticeKind::kFiring, {{EntryState::kOpened, first, {}}});
  const auto joined = told(NoticeKind::kUpdated,
                           {{EntryState::kFiring, first, {}}, {EntryState::kOpened, second, {}}});
  const auto half = told(NoticeKind::kUpdated,
                         {{EntryState::kResolved, first, {}}, {EntryState::kFiring, second, {}}});
  const auto over = told(NoticeKind::kResolved, {{EntryState::kResolved, second, {}}});
  REQUIRE(opened.size() == 1);
  REQUIRE(over.size() == 1);
  CHECK(joined.contains(*opened.begin()));
  CHECK(half.contains(*opened.begin()));
  CHECK(half.contains(*over.begin()));
  // Another life of the same finding is another thread.
  first.first_seen += base::hours(24);
  CHECK(told(NoticeKind::kFiring, {{EntryState::kOpened, first, {}}}) != opened);
}

TEST_CASE("a letter about many findings refers to few, of them some that go on", "[mail]") {
  std::vector<alerts::NoticeEntry> entries;
  std::vector<alerts::NoticeEntry> later;
  for (int i = 0; i < 40; ++i) {
    model::Finding each = refusal("service-" + std::to_string(i));
    const bool resolved = i < 20;
    each.first_seen += base::seconds(i);
    entries.push_back({resolved ? EntryState::kResolved : EntryState::kFiring, each, {}});
    if (!resolved) later.push_back({EntryState::kResolved, each, {}});
  }
  const auto now = references(letter(stored_notice(NoticeKind::kUpdated, entries)));
  const auto next = references(letter(stored_notice(NoticeKind::kResolved, later)));
  CHECK(now.size() <= 10);
  CHECK(std::ranges::any_of(next, [&now](const auto& id) { return now.contains(id); }));
}

TEST_CASE("quoted-printable and encoded words keep every character", "[mail]") {
  const std::string text = "From here = on \xC3\xA4\xF0\x9F\x94\xA5 \nblank at the end \n.\n" +
                           std::string(500, '=') + "\n" + std::string(200, 'x');
  CHECK(decoded_text("\r\n\r\n" + alerts::quoted_printable(text)) == text + "\n");
  CHECK(alerts::quoted_printable("From x") == "=46rom x\r\n");
  CHECK(alerts::text_header("Subject", "plain words") == "Subject: plain words\r\n");
  std::string fire;
  for (int i = 0; i < 30; ++i) fire += "\xF0\x9F\x94\xA5";
  const std::string folded = alerts::text_header("Subject", fire);
  CHECK(decoded_words(header(folded + "\r\n", "Subject")) == fire);
}

TEST_CASE("a mail address is one that every server takes", "[mail]") {
  for (const char* good : {"a@b", "on.call+idp@mail.example.com", "x_y-z@example.com"}) {
    CHECK(alerts::is_mail_address(good));
  }
  for (const char* bad :
       {"", "a", "@b", "a@", "a@b@c", "a b@c", "<a@b>", "a@b\r\nBcc: c@d", "a..b@c", ".a@b", "a@b.",
        "\"a\"@b", "\xC3\xA4@b", "a@b>", "A <a@b>", "a,b@c"}) {
    CAPTURE(bad);
    CHECK_FALSE(alerts::is_mail_address(bad));
  }
}

TEST_CASE("the address of a mail server is scheme, host and port", "[mail]") {
  CHECK(alerts::parse_smtp_url("smtps://mail.example.com:465")->tls);
  CHECK(alerts::parse_smtp_url("smtp://[::1]:25")->host == "[::1]");
  CHECK(alerts::parse_smtp_url("smtp://mail:80")->host == "mail");
  for (const char* bad : {"", "mail:25", "https://mail:465", "smtp://mail", "smtp://u:p@mail:25",
                          "smtp://mail:25/x", "smtp://:25", "smtp://mail:25?x"}) {
    CAPTURE(bad);
    CHECK_FALSE(alerts::parse_smtp_url(bad).has_value());
  }
}

TEST_CASE("a letter's request holds the envelope and no header of HTTP", "[mail]") {
  alerts::ReceiverConfig receiver = mailbox();
  receiver.username = "me";
  receiver.password = "secret";
  const auto requests = alerts::make_requests(kStart, receiver, firing());
  REQUIRE(requests.has_value());
  REQUIRE(requests->size() == 1);
  const net::HttpRequest& request = requests->at(0);
  REQUIRE(request.mail);
  CHECK(request.headers.empty());
  CHECK(request.url == "smtps://mail.example.com:465");
  CHECK(request.mail->password == "secret");
  CHECK(request.body.find("secret") == std::string::npos);
}
