#include "core/jwks/address_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "gtest/gtest.h"

namespace latchkey {
namespace {

AddressKind Classify(const char* text) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
  } else {
    ADD_FAILURE() << text;
  }
  return ClassifyAddress(*reinterpret_cast<const sockaddr*>(&storage));
}

TEST(AddressRulesTest, KnowsPublicAddresses) {
  for (const char* text :
       {"8.8.8.8", "11.0.0.1", "172.15.255.255", "172.32.0.0", "100.63.0.1",
        "100.128.0.1", "169.253.0.1", "2606:4700::1", "::ffff:8.8.8.8",
        "64:ff9b::808:808", "2002:808:808::1"}) {
    EXPECT_EQ(Classify(text), AddressKind::kPublic) << text;
  }
}

TEST(AddressRulesTest, KnowsLoopback) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1",
                           "::ffff:127.0.0.1", "64:ff9b::7f00:1"}) {
    EXPECT_EQ(Classify(text), AddressKind::kLoopback) << text;
  }
}

TEST(AddressRulesTest, KnowsPrivateAddresses) {
  for (const char* text :
       {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
        "198.18.0.1", "192.0.0.1", "fec0::1", "fd00::1", "fc00::1",
        "::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b:1::1"}) {
    EXPECT_EQ(Classify(text), AddressKind::kPrivate) << text;
  }
}

// Whatever is allowed: cloud metadata services are here.
TEST(AddressRulesTest, LinkLocalIsNoPeer) {
  for (const char* text :
       {"169.254.169.254", "169.254.0.1", "fe80::1", "febf::1",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"}) {
    EXPECT_EQ(Classify(text), AddressKind::kUnusable) << text;
  }
}

TEST(AddressRulesTest, KnowsWhatIsNoPeer) {
  for (const char* text : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1",
                           "255.255.255.255", "::", "ff02::1", "::10.0.0.1"}) {
    EXPECT_EQ(Classify(text), AddressKind::kUnusable) << text;
  }
  sockaddr_storage local{};
  local.ss_family = AF_UNIX;
  EXPECT_EQ(ClassifyAddress(reinterpret_cast<const sockaddr&>(local)),
            AddressKind::kUnusable);
}

}  // namespace
}  // namespace latchkey
