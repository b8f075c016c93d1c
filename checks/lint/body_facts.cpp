#include "checks/lint/body_facts.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"

namespace idpwatch::checks {

std::string looks_like(const model::Fetch& fetch) {
  if (fetch.not_modified || fetch.body == nullptr) return {};
  const std::string_view body = base::trim(*fetch.body);
  if (body.empty()) return " but empty";
  if (body.starts_with('<')) return "; it looks like an HTML page";
  if (body.starts_with("eyJ")) return "; it looks like a JWT";
  if (body.starts_with("-----BEGIN")) return "; it looks like PEM";
  return {};
}

void add_body_facts(model::Finding& finding, const model::Fetch& fetch) {
  add_evidence(finding, "status", std::to_string(fetch.status), fetch.url);
  const std::string* type = fetch.header("content-type");
  add_evidence(finding, "Content-Type", type != nullptr ? base::printable(*type) : "none",
               fetch.url);
  if (fetch.body != nullptr) {
    add_evidence(finding, "size", std::to_string(fetch.body->size()) + " bytes", fetch.url);
  }
  if (!fetch.redirects.empty()) {
    add_evidence(finding, "redirected to", shown_url(fetch.redirects.back()), fetch.url);
  }
}

}  // namespace idpwatch::checks
