#include "net/send_letter.hpp"

#include "base/assert.hpp"
#include "net/curl_failure.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::net {

namespace {

constexpr std::size_t kReplyText = 500;  // RFC 5321 section 4.5.3.1.5: a line has 512 octets
constexpr std::string_view kRecipient = "RCPT TO:<";

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

long to_ms(base::Duration duration) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

bool digit(char c) { return c >= '0' && c <= '9'; }

// What libcurl's callbacks learn while the letter goes.
class Session {
 public:
  Session(const HttpRequest& request, x509_store_st* trust, const std::atomic<bool>& stop,
          CURL* easy)
      : request_(request), trust_(trust), stop_(stop), easy_(easy) {}

  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] bool all_read() const { return read_ == request_.body.size(); }
  // The server has taken responsibility (RFC 5321 section 4.2.5): what fails later is no matter.
  [[nodiscard]] bool taken() const { return all_read() && code_ / 100 == 2; }
  [[nodiscard]] bool too_much() const { return too_much_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<Header>& refused() const { return refused_; }

  void connect() {
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &Session::read);
    curl_easy_setopt(easy_, CURLOPT_READDATA, this);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Session::reply);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Session::progress);
    curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
    // The commands are told to this function alone; nothing of them is kept but the recipient.
    curl_easy_setopt(easy_, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy_, CURLOPT_DEBUGFUNCTION, &Session::debug);
    curl_easy_setopt(easy_, CURLOPT_DEBUGDATA, this);
    curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &Session::ssl_context);
    curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, this);
  }

 private:
  static std::size_t read(char* into, std::size_t size, std::size_t count, void* self) {
    Session& session = *static_cast<Session*>(self);
    const std::string& letter = session.request_.body;
    const std::size_t some = std::min(size * count, letter.size() - session.read_);
    letter.copy(into, some, session.read_);
    session.read_ += some;
    session.code_ = 0;  // what comes from now on answers the letter
    return some;
  }

  static std::size_t reply(char* bytes, std::size_t size, std::size_t count, void* self) {
    const std::size_t length = size * count;
    return static_cast<Session*>(self)->on_reply({bytes, length}) ? length : 0;
  }

  bool on_reply(std::string_view line) {
    bytes_ += line.size();
    too_much_ = bytes_ > request_.body_limit;
    if (too_much_) return false;
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (quitting_) return true;
    if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), digit)) return true;
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (!continued_) text_.clear();
    continued_ = line.size() > 3 && line[3] == '-';
    code_ = code;
    if (!text_.empty()) text_ += ' ';
    if (line.size() > 4) text_ += line.substr(4);
    if (text_.size() > kReplyText) text_.resize(kReplyText);
    if (continued_) return true;
    if (code >= 400 && !recipient_.empty()) {
      refused_.emplace_back("refused-recipient",
                            recipient_ + ": " + std::to_string(code) + " " + text_);
    }
    return true;
  }

  static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const Session& session = *static_cast<Session*>(self);
    // Nothing hangs on the answer to QUIT.
    return session.stop_ || session.quitting_ ? 1 : 0;
  }

  static int debug(CURL*, curl_infotype what, char* bytes, std::size_t size, void* self) {
    if (what != CURLINFO_HEADER_OUT) return 0;
    const std::string_view command(bytes, size);
    Session& session = *static_cast<Session*>(self);
    session.quitting_ = command.starts_with("QUIT");
    std::string& recipient = session.recipient_;
    recipient.clear();
    if (command.starts_with(kRecipient)) {
      const std::string_view rest = command.substr(kRecipient.size());
      recipient = rest.substr(0, rest.find('>'));
    }
    return 0;
  }

  static CURLcode ssl_context(CURL*, void* context, void* self) {
    auto* ctx = static_cast<SSL_CTX*>(context);
    X509_STORE* trust = static_cast<Session*>(self)->trust_;
    // Without any, nobody is trusted.
    if (trust != nullptr) SSL_CTX_set1_cert_store(ctx, trust);
    return CURLE_OK;
  }

  const HttpRequest& request_;
  x509_store_st* trust_;
  const std::atomic<bool>& stop_;
  CURL* easy_;
  std::size_t read_ = 0, bytes_ = 0;
  int code_ = 0;
  bool continued_ = false, too_much_ = false, quitting_ = false;
  std::string text_, recipient_;
  std::vector<Header> refused_;
};

void set_options(CURL* easy, const HttpRequest& request) {
  const MailEnvelope& mail = *request.mail;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  for (const CURLoption none : {CURLOPT_CAINFO, CURLOPT_CAPATH}) {
    curl_easy_setopt(easy, none, nullptr);
  }
  curl_easy_setopt(easy, CURLOPT_USE_SSL, mail.require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE);
  if (!mail.username.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, mail.username.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, mail.password.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
  // One that left the company must not keep the letter from the others.
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, to_ms(request.total_timeout));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   to_ms(std::min(request.connect_timeout, request.total_timeout)));
}

model::Phases phases_of(CURL* easy) {
  const auto micros = [easy](CURLINFO what) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, what, &value);
    return static_cast<std::int64_t>(value);
  };
  model::Phases phases;
  phases.total_us = micros(CURLINFO_TOTAL_TIME_T);
  phases.connect_us = micros(CURLINFO_CONNECT_TIME_T);
  phases.dns_us = micros(CURLINFO_NAMELOOKUP_TIME_T);
  phases.tls_us = micros(CURLINFO_APPCONNECT_TIME_T);
  phases.first_byte_us = micros(CURLINFO_STARTTRANSFER_TIME_T);
  return phases;
}

std::optional<model::Failure> failure_of(CURL* easy, CURLcode code, const Session& session,
                                         const HttpRequest& request, std::string text) {
  Outcome out;
  out.code = code;
  out.text = std::move(text);
  out.phases = phases_of(easy);
  out.timeout = request.total_timeout;
  out.abort = session.too_much() ? Abort::kHeaderTooLarge : Abort::kNone;
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
  out.os_errno = static_cast<int>(number);
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &number);
  // libcurl 7.88 begins with "unspecified" and forgets that when the name alone does not match.
  out.verify_error = number == X509_V_ERR_UNSPECIFIED ? X509_V_OK : static_cast<int>(number);
  out.chain_seen = code == CURLE_PEER_FAILED_VERIFICATION;
  auto failure = to_failure(out);
  if (code == CURLE_USE_SSL_FAILED && failure) {
    failure->message = "the server does not offer STARTTLS, and nothing is sent without TLS";
  }
  if (code == CURLE_ABORTED_BY_CALLBACK && failure) failure->message = "given up";
  return failure;
}

}  // namespace

HttpResponse send_letter(const HttpRequest& request, x509_store_st* trust,
                         const std::atomic<bool>& stop) {
  const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
  IDPWATCH_ASSERT(easy != nullptr);
  std::array<char, CURL_ERROR_SIZE> error{};
  std::unique_ptr<curl_slist, FreeList> recipients;
  for (const std::string& to : request.mail->to) {
    curl_slist* longer = curl_slist_append(recipients.get(), ("<" + to + ">").c_str());
    IDPWATCH_ASSERT(longer != nullptr);
    // The same list, or its first item.
    if (!recipients) recipients.reset(longer);
  }
  Session session(request, trust, stop, easy.get());
  set_options(easy.get(), request);
  session.connect();
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, recipients.get());
  const CURLcode code = curl_easy_perform(easy.get());

  HttpResponse response;
  response.phases = phases_of(easy.get());
  response.unsent = !session.all_read();
  response.header_bytes_seen = session.text().size();
  const bool refused = session.code() >= 400 && code != CURLE_OPERATION_TIMEDOUT;
  if (session.taken() || refused) {
    response.status = session.code();
    response.body = session.text();
  } else {
    response.failure = failure_of(easy.get(), code, session, request, error.data());
    if (!response.failure) {
      response.failure = model::Failure{model::FailureKind::kHttp, model::FailureDetail::kNone,
                                        "the server did not answer the letter"};
    }
  }
  if (session.taken()) response.headers = session.refused();
  return response;
}

}  // namespace idpwatch::net
