// TLS and client certificates, with gRPC's own client on the other side.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/audit/fake_audit_sink.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/config/config.h"
#include "core/crypto/digest.h"
#include "core/crypto/test_certificate.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "server/grpc/grpc_server.h"
#include "server/grpc/grpc_test_world.h"
#include "server/rpc/caller.h"

namespace latchkey {
namespace {

using grpc::StatusCode;
using testing::HasSubstr;

class TlsServerTest : public GrpcTestWorld {
 protected:
  TlsServerTest() {
    char folder[] = "/tmp/lk-tls-XXXXXX";
    folder_ = mkdtemp(folder);
    const TestCertificate own = authority_.Issue("DNS:localhost,IP:127.0.0.1");
    listener_.tls.emplace();
    listener_.tls->cert_file = Write("tls.crt", own.cert_pem);
    listener_.tls->key_file = Write("tls.key", own.key_pem);
    behaviour_ = [this](const auto&, const RpcContext&, auto*) {
      ++calls_;
      return absl::OkStatus();
    };
  }
  ~TlsServerTest() override {
    for (const char* name : {"tls.crt", "tls.key", "ca.crt"}) {
      unlink(absl::StrCat(folder_, "/", name).c_str());
    }
    rmdir(folder_.c_str());
  }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  // From here on clients need a certificate of `clients_`.
  void AskForCertificates() {
    listener_.tls->client_ca_file = Write("ca.crt", clients_.pem());
  }

  // The status of one call by a client that trusts `roots` and shows `own`.
  grpc::Status CallWith(const std::string& path, const std::string& roots,
                        const TestCertificate& own = {},
                        grpc::ClientContext* context = nullptr) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = roots;
    options.pem_cert_chain = own.cert_pem;
    options.pem_private_key = own.key_pem;
    GrpcTestClient client(server_->address(), grpc::SslCredentials(options));
    return client.Call(path, v1::VerifyRequest(), &response_, context);
  }

  absl::Status StartError() {
    GrpcServer::Deps deps{&table_, &dispatcher_, Clock::RealClock(),
                          Random::SystemRandom()};
    return GrpcServer::Start(listener_, limits_, deps).status();
  }

  std::string folder_;
  const absl::Time now_ = Clock::RealClock()->TimeNow();
  const TestAuthority authority_{"servers", now_};
  const TestAuthority clients_{"clients", now_};
  const TestAuthority strangers_{"strangers", now_};
  std::atomic<int> calls_{0};
};

TEST_F(TlsServerTest, AClientThatTrustsTheAuthorityIsServed) {
  Start();
  const grpc::Status status = CallWith(kWork, authority_.pem());
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(calls_, 1);
}

TEST_F(TlsServerTest, AClientThatTrustsAnotherGoesAway) {
  Start();
  EXPECT_EQ(CallWith(kWork, strangers_.pem()).error_code(),
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(calls_, 0);
}

TEST_F(TlsServerTest, PlaintextIsRefused) {
  Start();
  // The world's own client speaks plaintext.
  EXPECT_EQ(Call("t").error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(calls_, 0);
  EXPECT_TRUE(CallWith(kWork, authority_.pem()).ok());
}

TEST_F(TlsServerTest, AClientCertificateIsNeededWhereOneIsAskedFor) {
  AskForCertificates();
  Start();
  EXPECT_EQ(CallWith(kWork, authority_.pem()).error_code(),
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(CallWith(kWork, authority_.pem(), strangers_.Issue("DNS:app"))
                .error_code(),
            StatusCode::UNAVAILABLE);
  // The authority of servers is none of clients.
  EXPECT_EQ(CallWith(kWork, authority_.pem(), authority_.Issue("DNS:app"))
                .error_code(),
            StatusCode::UNAVAILABLE);
  TestAuthority::Wanted old = clients_.Default();
  old.not_after = now_ - absl::Hours(1);
  EXPECT_EQ(CallWith(kWork, authority_.pem(), clients_.Issue(old)).error_code(),
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(calls_, 0);
  const grpc::Status status =
      CallWith(kWork, authority_.pem(), clients_.Issue("DNS:app"));
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(calls_, 1);
}

TEST_F(TlsServerTest, OnlyListedNamesAdministerWithoutKey) {
  AskForCertificates();
  listener_.admin = true;
  listener_.tls->allowed_sans = {"ops.example.com", "spiffe://prod/ops"};
  const std::string key = "lka_ops_" + std::string(43, 'A');
  const Sha256Digest digest = Sha256(key);
  FakeAuditSink audit;
  const AdminGuard guard({{"ops", std::string(digest.begin(), digest.end())}},
                         &audit);
  behaviour_ = [&guard](const auto&, const RpcContext& context, auto*) {
    return guard.Admit(context).status();
  };
  Start();
  const auto call = [this](const std::string& sans,
                           grpc::ClientContext* context = nullptr) {
    return CallWith(kAdminWork, authority_.pem(), clients_.Issue(sans),
                    context);
  };
  for (const char* sans : {"DNS:ops.example.com", "URI:spiffe://prod/ops",
                           "DNS:other.example.com,DNS:ops.example.com"}) {
    const grpc::Status status = call(sans);
    EXPECT_TRUE(status.ok()) << sans << ": " << status.error_message();
  }
  for (const char* sans :
       {"DNS:app.example.com", "DNS:*.example.com", "DNS:ops.example.com.evil",
        "DNS:OPS.example.com", "URI:spiffe://prod/ops/x",
        "URI:spiffe://prod/op", "IP:127.0.0.1", ""}) {
    const grpc::Status status = call(sans);
    EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << sans;
    EXPECT_EQ(ReasonOf(status), "CALLER_NOT_ALLOWED") << sans;
  }
  // A name in the subject is not looked at.
  TestAuthority::Wanted subject = clients_.Default();
  subject.name = "ops.example.com";
  subject.sans = "DNS:app.example.com";
  EXPECT_EQ(
      ReasonOf(CallWith(kAdminWork, authority_.pem(), clients_.Issue(subject))),
      "CALLER_NOT_ALLOWED");
  grpc::ClientContext with_key;
  with_key.AddMetadata("authorization", absl::StrCat("Bearer ", key));
  EXPECT_TRUE(call("DNS:app.example.com", &with_key).ok());
}

TEST_F(TlsServerTest, TheFileThatIsNoGoodIsNamed) {
  const std::string cert = listener_.tls->cert_file;
  const std::string key = listener_.tls->key_file;
  const auto expect = [this](const std::string& file, const char* what) {
    const absl::Status status = StartError();
    EXPECT_THAT(status, HasReason(Reason::kInvalidRequest));
    EXPECT_THAT(std::string(status.message()), HasSubstr(file));
    EXPECT_THAT(std::string(status.message()), HasSubstr(what));
  };
  listener_.tls->cert_file = absl::StrCat(folder_, "/none.crt");
  expect(listener_.tls->cert_file, "cannot be read");
  listener_.tls->cert_file = folder_;
  expect(folder_, "cannot be read");
  listener_.tls->cert_file = key;
  expect(key, "has no certificate");
  listener_.tls->cert_file = cert;
  listener_.tls->key_file = absl::StrCat(folder_, "/none.key");
  expect(listener_.tls->key_file, "cannot be read");
  listener_.tls->key_file = Write("tls.key", "garbled");
  expect(key, "has no private key");
  Write("tls.key", authority_.Issue("DNS:localhost").key_pem);
  expect(key, "is not the key of");
  TestAuthority::Wanted old = authority_.Default();
  old.not_after = now_ - absl::Hours(1);
  const TestCertificate expired = authority_.Issue(old);
  Write("tls.crt", expired.cert_pem);
  Write("tls.key", expired.key_pem);
  expect(cert, "expired");
}

TEST_F(TlsServerTest, BrokenHandshakesLeaveTheListenerAlone) {
  AskForCertificates();
  Start();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(CallWith(kWork, authority_.pem()).error_code(),
              StatusCode::UNAVAILABLE);
  }
  EXPECT_TRUE(
      CallWith(kWork, authority_.pem(), clients_.Issue("DNS:app")).ok());
}

}  // namespace
}  // namespace latchkey
