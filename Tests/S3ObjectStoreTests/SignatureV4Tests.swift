import HTTPTransport
import HTTPTypes
import Testing

@testable import S3ObjectStore

/// The examples of the S3 API reference, *Authenticating Requests (AWS Signature Version 4)*, with the signatures
/// published there.
@Suite("Signature V4")
struct SignatureV4Tests {
    private let signer = SignatureV4(
        credentials: AWSCredentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE",
            secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            source: "the documentation"
        ),
        region: "us-east-1",
        time: Timestamp(seconds: 1_369_353_600)
    )
    private let bucket = "https://examplebucket.s3.amazonaws.com"

    @Test("GET object")
    func getObject() throws {
        var request = HTTPClientRequest(url: bucket + "/test.txt", fields: [.range: "bytes=0-9"])
        signer.sign(&request, payloadHash: SignatureV4.emptyPayload)
        #expect(
            request.fields[.authorization]
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        )
        #expect(request.fields[.amzDate] == "20130524T000000Z")
    }

    @Test("PUT object")
    func putObject() async {
        let body = Array("Welcome to Amazon S3.".utf8)
        var request = HTTPClientRequest(
            method: .put,
            url: bucket + PercentEncoding.path("/test$file.text"),
            fields: [.date: "Fri, 24 May 2013 00:00:00 GMT", .amzStorageClass: "REDUCED_REDUNDANCY"]
        )
        let hash = await S3Payload.hashing(body, body.indices).sha256.hexadecimal
        #expect(
            signer.sign(&request, payloadHash: hash)
                == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        )
    }

    @Test(
        "GET of the bucket, with a query",
        arguments: [
            ("?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            ("?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
            ("?prefix=J&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ]
    )
    func getBucket(query: String, signature: String) {
        var request = HTTPClientRequest(url: bucket + query)
        #expect(signer.sign(&request, payloadHash: SignatureV4.emptyPayload) == signature)
    }

    @Test("A URL that anybody can use for a day")
    func presigned() {
        #expect(
            signer.presign(.get, url: bucket + "/test.txt", seconds: 86400)
                == bucket + "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        )
    }

    @Test("A body whose chunks are signed one by one")
    func chunks() {
        let body = [UInt8](repeating: UInt8(ascii: "a"), count: 66560)
        #expect(SignedChunks.encodedLength(ofBodyOf: body.count, chunkSize: 65536) == 66824)
        var request = HTTPClientRequest(
            method: .put,
            url: "https://s3.amazonaws.com/examplebucket/chunkObject.txt",
            fields: [
                .amzStorageClass: "REDUCED_REDUNDANCY", .contentEncoding: "aws-chunked",
                .amzDecodedContentLength: "66560", .contentLength: "66824",
            ]
        )
        let seed = signer.sign(&request, payloadHash: SignatureV4.streamingPayload)
        #expect(seed == "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")

        var chunks = SignedChunks(body[...], signer: signer, seed: seed, chunkSize: 65536)
        let first = chunks.next() ?? []
        let second = chunks.next() ?? []
        let last = chunks.next() ?? []
        #expect(chunks.next() == nil)
        #expect(first.count + second.count + last.count == 66824)
        #expect(
            first
                == Array(
                    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n".utf8
                ) + body[..<65536] + [13, 10]
        )
        #expect(
            second
                == Array(
                    "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n".utf8
                )
                + body[65536...] + [13, 10]
        )
        #expect(
            last
                == Array("0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n".utf8)
                + [13, 10]
        )
    }

    @Test("A session's token is signed along")
    func sessionToken() {
        let signer = SignatureV4(
            credentials: AWSCredentials(accessKeyID: "A", secretAccessKey: "S", sessionToken: "to/ken", source: ""),
            region: "eu-west-1",
            time: signer.time
        )
        var request = HTTPClientRequest(url: bucket)
        signer.sign(&request, payloadHash: SignatureV4.emptyPayload)
        #expect(request.fields[.amzSecurityToken] == "to/ken")
        #expect(request.fields[.authorization]?.contains("x-amz-date;x-amz-security-token,") == true)
        let url = signer.presign(.get, url: bucket + "/a", seconds: 60)
        #expect(url.contains("&X-Amz-Security-Token=to%2Fken&X-Amz-Signature="))
    }

    @Test("Credentials do not show their secrets")
    func secrecy() {
        let credentials = AWSCredentials(
            accessKeyID: "AKIA",
            secretAccessKey: "hidden-secret",
            sessionToken: "hidden-token",
            source: "a test"
        )
        var dumped = ""
        dump(credentials, to: &dumped)
        dump([credentials], to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), String(describing: [credentials]), dumped] {
            #expect(text.contains("AKIA"))
            #expect(!text.contains("hidden"))
        }
    }
}
