// Logins of people at an OpenID issuer, in a browser on this machine or with a
// code on another device.
#ifndef LATCHKEY_CLIENTS_CLI_PEOPLE_LOGIN_H_
#define LATCHKEY_CLIENTS_CLI_PEOPLE_LOGIN_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "clients/cli/context.h"
#include "clients/cli/person_proof.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {

// PeopleFlags as given.
struct PeopleFlags {
  bool device = false;
  bool no_browser = false;
  int redirect_port = 27097;
  std::string hint;
  bool send_id_token = false;
  std::string wait = "5m";
};

void AddPeopleFlags(CLI::App* command, PeopleFlags* flags);

// ProvePerson sends the person to the issuer that `oidc` names and waits, for
// flags.wait at most. What the person is told goes to the error stream.
absl::StatusOr<PersonProof> ProvePerson(const v1::OidcLogin& oidc,
                                        const PeopleFlags& flags,
                                        Context* context);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_PEOPLE_LOGIN_H_
