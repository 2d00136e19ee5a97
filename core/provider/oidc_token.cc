#include "core/provider/oidc_token.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/constant_time.h"
#include "core/base/reason.h"
#include "core/base/utf8.h"

namespace latchkey {
namespace {

absl::Status Invalid(absl::string_view claim, absl::string_view what) {
  return Error(Reason::kTokenClaimInvalid,
               absl::StrCat("claim ", claim, " ", what));
}

absl::Status NoGroups(absl::string_view claim, absl::string_view what) {
  return Error(Reason::kAuthorizationClaimInvalid,
               absl::StrCat("claim ", claim, " ", what));
}

// Entra leaves the groups out when there are too many of them and says so in
// one of two ways.
bool IsOverage(const json::Value& payload, absl::string_view claim) {
  const json::Value* const names = payload.Find("_claim_names");
  if (names != nullptr && names->Find(claim) != nullptr) return true;
  return claim == "groups" && IsTrue(payload.Find("hasgroups"));
}

absl::Status MissingGroups(const json::Value& payload,
                           absl::string_view claim) {
  if (!IsOverage(payload, claim)) return NoGroups(claim, "is missing");
  return NoGroups(claim,
                  "was left out by the issuer: the user is in too many groups "
                  "for a token (overage); let the issuer send only groups "
                  "assigned to the application, or application roles");
}

absl::Status AddGroup(absl::string_view claim, const json::Value& value,
                      absl::flat_hash_set<std::string>* seen,
                      std::vector<std::string>* groups) {
  const std::string* const name = value.as_string();
  if (name == nullptr) {
    return NoGroups(claim, "has an element that is not a text");
  }
  if (name->empty() || HasControlCharacters(*name)) {
    return NoGroups(claim, "has a group without a printable name");
  }
  if (seen->insert(*name).second) groups->push_back(*name);
  return absl::OkStatus();
}

const std::string* FindText(const json::Value& payload,
                            absl::string_view claim) {
  const json::Value* const value = payload.Find(claim);
  return value == nullptr ? nullptr : value->as_string();
}

}  // namespace

std::vector<std::string> ScopesOf(const json::Value& payload) {
  std::vector<std::string> scopes;
  for (const char* const claim : {"scope", "scp"}) {
    const json::Value* const value = payload.Find(claim);
    if (value == nullptr) continue;
    if (const std::string* const words = value->as_string()) {
      scopes = absl::StrSplit(*words, ' ', absl::SkipEmpty());
    } else if (const json::Value::Array* const list = value->as_array()) {
      for (const json::Value& one : *list) {
        if (one.as_string() != nullptr) scopes.push_back(*one.as_string());
      }
    }
    if (!scopes.empty()) break;
  }
  return scopes;
}

std::string ClientOf(const json::Value& payload) {
  for (const char* const claim : {"client_id", "cid", "azp", "appid"}) {
    if (const std::string* const id = FindText(payload, claim)) return *id;
  }
  return "";
}

bool IsTrue(const json::Value* value) {
  return value != nullptr &&
         (*value == json::Value(true) || *value == json::Value("true"));
}

absl::StatusOr<std::string> TextClaim(const json::Value& payload,
                                      absl::string_view claim,
                                      size_t max_bytes) {
  const json::Value* const value = payload.Find(claim);
  if (value == nullptr) return Invalid(claim, "is missing");
  const std::string* const text = value->as_string();
  if (text == nullptr) return Invalid(claim, "is not a text");
  if (text->empty() || text->size() > max_bytes ||
      HasControlCharacters(*text)) {
    return Invalid(claim, absl::StrCat("has not 1 to ", max_bytes,
                                       " bytes without control characters"));
  }
  return *text;
}

absl::StatusOr<std::vector<std::string>> GroupsOf(const json::Value& payload,
                                                  absl::string_view claim) {
  const json::Value* const value = payload.Find(claim);
  if (value == nullptr) return MissingGroups(payload, claim);
  absl::flat_hash_set<std::string> seen;
  std::vector<std::string> groups;
  if (const json::Value::Array* const list = value->as_array()) {
    for (const json::Value& one : *list) {
      const absl::Status added = AddGroup(claim, one, &seen, &groups);
      if (!added.ok()) return added;
    }
    return groups;
  }
  if (value->as_string() == nullptr) {
    return NoGroups(claim, "is neither a text nor a list of texts");
  }
  const absl::Status added = AddGroup(claim, *value, &seen, &groups);
  if (!added.ok()) return added;
  return groups;
}

absl::Status RefuseIdToken(const json::Value& payload) {
  for (const char* const claim : {"nonce", "at_hash", "c_hash", "s_hash"}) {
    if (payload.Find(claim) == nullptr) continue;
    return Error(Reason::kTokenTypeMismatch,
                 absl::StrCat("an ID token (claim ", claim,
                              "), where an access token is needed"));
  }
  const std::string* const id = FindText(payload, "jti");
  const std::string* const type = FindText(payload, "typ");
  const bool refused =
      (id != nullptr && absl::StartsWith(*id, "ID.")) ||
      (type != nullptr &&
       (*type == "ID" || *type == "Refresh" || *type == "Offline"));
  if (!refused) return absl::OkStatus();
  return Error(Reason::kTokenTypeMismatch,
               "an ID or refresh token, where an access token is needed");
}

absl::Status CheckIdToken(const Claims& claims, const IdTokenRule& rule) {
  const auto is_ours = [&rule](const std::string& client) {
    return absl::c_linear_search(rule.client_ids, client);
  };
  const json::Value* const party = claims.payload.Find("azp");
  if (party != nullptr) {
    const std::string* const client = party->as_string();
    if (client == nullptr || !is_ours(*client)) {
      return Error(Reason::kTokenAudienceMismatch, "azp is another client");
    }
  } else if (!absl::c_all_of(claims.audience, is_ours)) {
    return Error(Reason::kTokenAudienceMismatch,
                 "aud holds others, and there is no azp");
  }
  if (!rule.nonce.has_value()) return absl::OkStatus();
  const std::string* const nonce = FindText(claims.payload, "nonce");
  if (nonce != nullptr && ConstantTimeEquals(*nonce, *rule.nonce)) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenClaimInvalid, "nonce is missing or another one");
}

}  // namespace latchkey
