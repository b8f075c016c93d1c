// Why a validator refuses, in our words and not in its codes: what the forecast reasons with,
// whichever library answers.
#pragma once

namespace idpwatch::validators {

enum class Cause {
  kNone,  // it accepts
  kKey,   // unknown, not there, or the signature does not fit it
  kIssuer,
  kAudience,
  kLifetime,
  kAlgorithm,
  kType,
  kTransport,  // a document cannot be had
  kDocument,   // it came, and is of no use
  kStart,      // the process or its options are not made
  kOther
};

// What tells two remedies of one cause apart.
enum class CauseDetail {
  kNone,
  kUnlistedIssuer,    // of the token; a former configuration may have listed it
  kDocumentIssuer,    // the document names another issuer than the settings
  kNotHttps,          // an address that must be
  kCertificateDates,  // the key's certificate is not valid now
  kUnfitPackages      // the keys get lost between two packages of the application
};

}  // namespace idpwatch::validators
