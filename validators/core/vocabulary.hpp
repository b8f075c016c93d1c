// What the users of a library call its settings: for remedies. An empty name: it has no such
// setting.
#pragma once

#include <string>

namespace idpwatch::validators {

struct Vocabulary {
  std::string authority;         // where the address of the authority, or of its keys, is set
  std::string metadata_url;      // that of its document alone
  std::string issuers;           // where valid issuers are listed, for people
  bool issuers_in_code = false;  // and not beside the authority
  std::string issuer_list;       // its name alone
  std::string about_templates;   // what is to be said of "{tenantid}" in it
  std::string audiences;         // where valid audiences are listed, for people
  std::string audience;          // the name under which a file holds one
  // A name that looks like it and is not read, and those that are.
  std::string unread_audience, read_audiences;
  std::string no_audience_check;  // how the check is switched off
  std::string algorithms;
  std::string fetch_timeout;
  std::string require_https;
  std::string automatic_refresh;
  std::string refresh_on_unknown_kid;
  std::string validate_signing_key;  // looks at the dates of certificates
  // CauseDetail::kUnfitPackages: what is wrong, and what to do.
  std::string unfit_packages, fit_packages;
};

}  // namespace idpwatch::validators
