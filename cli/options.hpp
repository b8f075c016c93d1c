// What a command line asks for, as plain structs: command_line.cpp fills them in, the run_ function
// of each subcommand takes one. One struct a subcommand.
#pragma once

#include "model/finding.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::cli {

enum class Output { kText, kJson };

// Every command that reads the store: --db wins over the state directory of --config.
struct StoreOptions {
  std::optional<std::string> config;  // else /etc/idpwatch/idpwatch.yaml, where it exists
  std::optional<std::string> db;
};

struct ServeOptions {
  std::optional<std::string> config;
};

struct StatusOptions {
  std::optional<std::string> config;
  std::optional<std::string> name;  // of an authority, validator or deployment
  std::optional<unsigned> watch;    // seconds between two answers; absent: one answer
  Output output = Output::kText;
};

struct HealthOptions {
  std::optional<std::string> config;
  Output output = Output::kText;
};

enum class CheckOutput { kText, kJson, kJunit, kSarif, kGithub };

struct CheckOptions {
  std::vector<std::string> files;
  std::vector<std::string> authorities;   // issuers
  std::optional<std::string> deployment;  // of the configuration, instead of files
  std::optional<std::string> profile, framework, audience, config;
  std::optional<std::string> baseline, write_baseline;
  model::Severity fail_on = model::Severity::kError;
  bool exit_zero = false;
  bool clock = false;
  CheckOutput output = CheckOutput::kText;
};

struct ExplainOptions {
  std::optional<std::string> token;               // "-" or absent: standard input
  std::vector<std::vector<std::string>> against;  // names of deployments, or files of one service
  std::optional<std::string> authority, jwks, profile, framework, at, config, db;
  bool all = false, redact = false;
  Output output = Output::kText;
};

struct EndpointOptions {
  std::string target;  // URL, or the name of a deployment
  std::optional<std::string> origin, method, token_file, config;
  std::vector<std::string> headers;
  bool credentials = false;
  Output output = Output::kText;
};

struct KeysOptions {
  StoreOptions store;
  std::string authority;          // name or issuer
  std::optional<std::string> at;  // TIME
  Output output = Output::kText;
};

struct HistoryOptions {
  StoreOptions store;
  std::optional<std::string> authority;
  std::optional<std::string> since, until;  // TIME
  std::optional<std::string> type;          // of event, or its first word
  std::optional<std::size_t> limit;
  Output output = Output::kText;
};

struct ImportOptions {
  StoreOptions store;
  std::vector<std::string> files;
  Output output = Output::kText;
};

struct ForecastOptions {
  StoreOptions store;  // --config also names the deployments
  std::optional<std::string> deployment;
  Output output = Output::kText;
};

struct DiscoverOptions {
  std::vector<std::string> paths;   // none: the usual places
  std::optional<std::string> root;  // stands for "/"
  Output output = Output::kText;
};

struct SimulateOptions {
  std::vector<std::string> stories;
  std::optional<std::string> validator;  // PROFILE@VERSION[+VARIANT]
  std::optional<std::string> recording;
  Output output = Output::kText;
};

struct ProfilesOptions {
  std::optional<std::string> name;
  Output output = Output::kText;
};

enum class ConfigAction { kCheck, kInit, kShow, kSchema };

struct ConfigOptions {
  ConfigAction action = ConfigAction::kCheck;
  std::optional<std::string> config;
  Output output = Output::kText;
};

enum class AlertsAction { kList, kShow, kSilence, kUnsilence, kSilences, kTest };

struct AlertsOptions {
  AlertsAction action = AlertsAction::kList;
  StoreOptions store;
  bool all = false;                   // list: resolved ones too
  std::string id;                     // show: of a finding, or its rule; unsilence
  std::vector<std::string> matchers;  // silence: "authority=entra"
  std::optional<std::string> lasting, until, author, comment;
  std::optional<std::string> receiver;    // test
  bool dry_run = false, no_wait = false;  // test
  Output output = Output::kText;
};

enum class AuditAction { kVerify, kExport };

struct AuditOptions {
  AuditAction action = AuditAction::kVerify;
  StoreOptions store;
  std::optional<std::string> file;  // verify: an exported chain instead of the store
  Output output = Output::kText;
};

struct CompletionsOptions {
  std::string shell;  // bash, zsh, fish
};

struct ManualOptions {
  std::string folder;
};

enum class DbAction { kCheck, kBackup, kCompact };

struct DbOptions {
  DbAction action = DbAction::kCheck;
  StoreOptions store;
  std::string file;  // backup: the copy
  Output output = Output::kText;
};

struct DemoOptions {
  Output output = Output::kText;
};

struct VersionOptions {
  Output output = Output::kText;
};

}  // namespace idpwatch::cli
