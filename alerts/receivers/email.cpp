// E-mail, plain text. All letters about one life of an alert stand in one thread: each refers to an
// id made of the finding and when it was first seen (RFC 5322 section 3.6.4), which no letter needs
// to bear. Answering machines are asked to stay quiet (RFC 3834 section 5).
#include "alerts/receivers/mail_text.hpp"
#include "alerts/receivers/message_words.hpp"
#include "alerts/receivers/renderers.hpp"
#include "base/digest.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace idpwatch::alerts {

namespace {

constexpr std::size_t kText = std::size_t{16} * 1024;
constexpr std::size_t kSubject = 200;
// Of a message's findings, so many refer to earlier letters, and as many to later ones.
constexpr std::size_t kReferences = 5;

std::string id_in(const std::string& domain, const std::string& name) {
  return "<" + name + "@" + domain + ">";
}

std::string life_of(const std::string& domain, const ToldFinding& told) {
  const auto since = std::chrono::floor<base::seconds>(told.finding.first_seen.time_since_epoch());
  const std::string life = told.finding.id + "|" + std::to_string(since.count());
  return id_in(domain, base::sha256_hex(life).substr(0, 32));
}

// The findings known longest: those that end with this letter, too, and those that go on. So a
// letter shares one with the letter before it and one with the letter after it.
std::vector<std::string> references_of(const Message& message, const std::string& domain) {
  if (message.type == "heartbeat") {
    std::string name = message.dedupe_key();
    std::ranges::replace(name, ':', '.');
    return {id_in(domain, name)};
  }
  std::vector<const ToldFinding*> findings;
  findings.reserve(message.findings.size());
  for (const ToldFinding& told : message.findings) findings.push_back(&told);
  std::ranges::sort(findings, {}, [](const ToldFinding* told) {
    return std::tuple(told->finding.first_seen, told->finding.id);
  });
  std::vector<std::string> out;
  std::size_t any = 0, going_on = 0;
  for (const ToldFinding* told : findings) {
    const bool one_of_all = any < kReferences;
    const bool one_going_on = !told->resolved() && going_on < kReferences;
    if (!one_of_all && !one_going_on) continue;
    any += 1;
    if (!told->resolved()) going_on += 1;
    out.push_back(life_of(domain, *told));
  }
  return out;
}

std::string date_of(base::Instant at) {
  std::string date = base::format_http_date(at);  // ends in GMT
  return date.replace(date.size() - 3, 3, "+0000");
}

std::string headers_of(const Message& message, const Words& words, const Email& email) {
  const std::string domain = email.from.substr(email.from.find('@') + 1);
  std::string out = "Date: " + date_of(message.at) + "\r\n";
  out += list_header("From", {"idpwatch", "<" + email.from + ">"}, "");
  out += list_header("To", email.to, ",");
  out += text_header("Subject", cut_bytes(words.title, kSubject));
  out += "Message-ID: " + id_in(domain, message.id) + "\r\n";
  if (const auto references = references_of(message, domain); !references.empty()) {
    out += "In-Reply-To: " + references.back() + "\r\n";
    out += list_header("References", references, "");
  }
  if (words.tone == Tone::kCritical || words.tone == Tone::kError) out += "Importance: high\r\n";
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  out += "Content-Type: text/plain; charset=utf-8\r\n";
  return out + "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
}

}  // namespace

Rendering render_email(base::Instant, const ReceiverConfig& receiver,
                       const model::OutboxMessage& stored) {
  const auto message = read_message(stored);
  if (!message) return base::fail(message.error());
  const auto& email = std::get<Email>(receiver.kind);
  if (!is_mail_address(email.from) || email.to.empty() ||
      !std::ranges::all_of(email.to, is_mail_address)) {
    return base::fail(base::ErrorKind::kInput, "an address of this receiver is not valid",
                      "check its from and to");
  }
  Words words = words_of(*message);
  Rendered out;
  out.urls = {receiver.url};
  out.body = headers_of(*message, words, email);
  out.body += quoted_printable(plain_text(std::move(words), kText));
  out.mail = std::make_shared<const net::MailEnvelope>(net::MailEnvelope{
      email.from, email.to, receiver.username, receiver.password, email.require_tls});
  return out;
}

}  // namespace idpwatch::alerts
