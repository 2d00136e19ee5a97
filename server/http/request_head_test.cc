#include "server/http/request_head.h"

#include "boost/asio/ip/address.hpp"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::make_address;

RequestHead Head(unsigned version) {
  RequestHead head;
  head.version(version);
  head.insert(http::field::host, "x");
  return head;
}

TEST(RequestHeadTest, FindsFoldedLines) {
  EXPECT_TRUE(HasFoldedLine("A: b\r\n c\r\n\r\n"));
  EXPECT_TRUE(HasFoldedLine("A: b\r\n\tc\r\n\r\n"));
  EXPECT_TRUE(HasFoldedLine(" c\r\n"));
  EXPECT_FALSE(HasFoldedLine("GET / HTTP/1.1\r\nA:  b \r\nC: d\r\n\r\n"));
  EXPECT_FALSE(HasFoldedLine(""));
}

TEST(RequestHeadTest, WantsOneHost) {
  EXPECT_TRUE(IsSound(Head(11)));
  RequestHead head = Head(11);
  head.insert(http::field::host, "x");
  EXPECT_FALSE(IsSound(head));
  head.erase(http::field::host);
  EXPECT_FALSE(IsSound(head));
  head.version(10);
  EXPECT_TRUE(IsSound(head));
}

TEST(RequestHeadTest, TakesChunkedAlone) {
  RequestHead head = Head(11);
  head.insert(http::field::transfer_encoding, "Chunked");
  EXPECT_TRUE(IsSound(head));
  head.version(10);
  EXPECT_FALSE(IsSound(head));
  for (const char* value : {"gzip, chunked", "chunked, chunked", "gzip"}) {
    head = Head(11);
    head.insert(http::field::transfer_encoding, value);
    EXPECT_FALSE(IsSound(head)) << value;
  }
  head = Head(11);
  head.insert(http::field::transfer_encoding, "gzip");
  head.insert(http::field::transfer_encoding, "chunked");
  EXPECT_FALSE(IsSound(head));
}

TEST(RequestHeadTest, ThePathHasNoQuery) {
  RequestHead head = Head(11);
  head.target("/a/b?c");
  EXPECT_EQ(PathOf(head), "/a/b");
}

TEST(RequestHeadTest, NamesEndpoints) {
  EXPECT_EQ(EndpointName({make_address("127.0.0.1"), 80}), "127.0.0.1:80");
  EXPECT_EQ(EndpointName({make_address("::1"), 80}), "[::1]:80");
}

}  // namespace
}  // namespace latchkey
