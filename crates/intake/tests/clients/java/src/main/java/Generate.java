import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonCloudEventData;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.Iterator;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Writes what the CloudEvents SDK for Java sends. See ../README.md. */
public final class Generate {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int PORT = 18616;
    private static Path out;

    interface Send {
        void to(String url) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Path clients = Path.of(arguments[0]);
        out = clients.resolve("java-" + arguments[1]);
        Files.createDirectories(out);
        for (JsonNode each : MAPPER.readTree(clients.resolve("cases.json").toFile())) {
            CloudEvent event = event(each);
            if (event == null) {
                continue;
            }
            String name = each.get("name").asText();
            for (String mode : new String[] {"binary", "structured"}) {
                keep("kafka-" + mode + "-" + name, mode, event);
                capture("http-" + mode + "-" + name, url -> post(url, mode, event));
            }
        }
    }

    private static CloudEvent event(JsonNode each) throws IOException {
        JsonNode attributes = each.get("attributes");
        CloudEventBuilder builder = CloudEventBuilder.v1();
        String type = null;
        for (Iterator<Map.Entry<String, JsonNode>> all = attributes.fields(); all.hasNext(); ) {
            Map.Entry<String, JsonNode> attribute = all.next();
            String text = attribute.getValue().asText();
            switch (attribute.getKey()) {
                case "id" -> builder.withId(text);
                case "source" -> builder.withSource(URI.create(text));
                case "type" -> builder.withType(text);
                case "time" -> builder.withTime(OffsetDateTime.parse(text));
                case "datacontenttype" -> type = text;
                default -> builder.withExtension(attribute.getKey(), text);
            }
        }
        if (type != null) {
            builder.withDataContentType(type);
        }
        switch (each.get("form").asText()) {
            case "object" -> builder.withData(JsonCloudEventData.wrap(each.get("data")));
            case "bytes" -> builder.withData(MAPPER.writeValueAsBytes(each.get("data")));
            default -> {
                return null; // Data of this SDK are bytes or objects, never a text.
            }
        }
        return builder.build();
    }

    private static void keep(String name, String mode, CloudEvent event) throws IOException {
        RecordHeaders headers = new RecordHeaders();
        byte[] value;
        try (CloudEventSerializer serializer = new CloudEventSerializer()) {
            serializer.configure(
                    mode.equals("binary")
                            ? Map.of(CloudEventSerializer.ENCODING_CONFIG, "BINARY")
                            : Map.of(
                                    CloudEventSerializer.ENCODING_CONFIG, "STRUCTURED",
                                    CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE),
                    false);
            value = serializer.serialize("feed", headers, event);
        } catch (RuntimeException error) {
            System.out.println(name + ": " + error);
            return;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Header header : headers) {
            bytes.write((header.key() + ": ").getBytes(StandardCharsets.UTF_8));
            bytes.write(header.value());
            bytes.write('\n');
        }
        bytes.write('\n');
        bytes.write(value);
        Files.write(out.resolve(name + ".kafka"), bytes.toByteArray());
    }

    private static void post(String url, String mode, CloudEvent event) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setDoInput(true);
        var writer = HttpMessageFactory.createWriter(connection::setRequestProperty, body -> {
            try (var stream = connection.getOutputStream()) {
                if (body != null) {
                    stream.write(body);
                }
            } catch (IOException error) {
                throw new IllegalStateException(error);
            }
        });
        if (mode.equals("binary")) {
            writer.writeBinary(event);
        } else {
            writer.writeStructured(event, JsonFormat.CONTENT_TYPE);
        }
        connection.getResponseCode();
    }

    /** The bytes of one request, as they come over a socket. */
    private static void capture(String name, Send send) throws Exception {
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        try (ServerSocket listener = new ServerSocket(PORT, 8, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> {
                try (Socket peer = listener.accept()) {
                    byte[] part = new byte[65536];
                    while (!isWhole(raw.toString(StandardCharsets.ISO_8859_1))) {
                        int read = peer.getInputStream().read(part);
                        if (read < 0) {
                            break;
                        }
                        raw.write(part, 0, read);
                    }
                    String answer = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    peer.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                } catch (IOException error) {
                    // The sender did not get as far as a connection.
                }
            });
            server.start();
            try {
                send.to("http://127.0.0.1:" + PORT + "/v1/events");
                server.join(5000);
                Files.write(out.resolve(name + ".http"), raw.toByteArray());
            } catch (Exception error) {
                System.out.println(name + ": " + error);
            }
        }
    }

    private static boolean isWhole(String text) {
        int at = text.indexOf("\r\n\r\n");
        if (at < 0) {
            return false;
        }
        for (String line : text.substring(0, at).toLowerCase().split("\r\n")) {
            if (line.startsWith("content-length: ")) {
                return text.length() - at - 4 >= Integer.parseInt(line.substring(16));
            }
        }
        return true;
    }
}
