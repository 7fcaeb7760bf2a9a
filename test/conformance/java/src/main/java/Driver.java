import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.services.datapipeline.DataPipelineClient;
import software.amazon.awssdk.services.datapipeline.model.DataPipelineException;
import software.amazon.awssdk.services.datapipeline.model.DataPipelineResponse;
import software.amazon.awssdk.utils.builder.SdkBuilder;

/** The Java driver of the conformance suite: reads one call a line ({"operation","input","paginate"}), answers one line. See ../README.md. */
public final class Driver {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (DataPipelineClient client = connect(args)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        out.println(JSON.writeValueAsString(answer(client, JSON.readTree(line))));
      }
    }
  }

  /** With the endpoint given as argument; without one, with what the environment says (AWS_ENDPOINT_URL_DATA_PIPELINE). */
  private static DataPipelineClient connect(String[] args) {
    if (args.length == 0) return DataPipelineClient.create();
    String endpoint = args[0];
    DataPipelineClient client = DataPipelineClient.builder()
        .endpointOverride(URI.create(endpoint))
        .build();
    return client;
  }

  private static Map<String, Object> answer(DataPipelineClient client, JsonNode call) throws Exception {
    String operation = call.get("operation").asText();
    Map<String, Object> answer = new LinkedHashMap<>();
    try {
      Class<?> type = Class.forName("software.amazon.awssdk.services.datapipeline.model." + operation + "Request");
      Object builder = type.getMethod("builder").invoke(null);
      fill((SdkPojo) builder, call.get("input"));
      Object request = ((SdkBuilder<?, ?>) builder).build();
      String method = operation.substring(0, 1).toLowerCase() + operation.substring(1);
      if (call.hasNonNull("paginate")) {
        answer.put("output", allPages(client, method, type, request, call.get("paginate").asText()));
        return answer;
      }
      Object response = DataPipelineClient.class.getMethod(method, type).invoke(client, request);
      answer.put("output", plain((SdkPojo) response));
      answer.put("requestId", ((DataPipelineResponse) response).responseMetadata().requestId());
    } catch (InvocationTargetException e) {
      answer.put("error", failure(e.getCause()));
      if (e.getCause() instanceof AwsServiceException) answer.put("requestId", ((AwsServiceException) e.getCause()).requestId());
    } catch (RuntimeException e) {
      answer.put("error", failure(e));
    }
    return answer;
  }

  /** The member of all pages, collected by the SDK's own paginator. */
  private static Object allPages(DataPipelineClient client, String method, Class<?> type, Object request, String member) throws Exception {
    Iterable<?> pages = (Iterable<?>) DataPipelineClient.class.getMethod(method + "Paginator", type).invoke(client, request);
    List<Object> items = new ArrayList<>();
    for (Object page : pages) {
      Object list = plain((SdkPojo) page).get(member);
      if (list instanceof List) items.addAll((List<?>) list);
    }
    return Map.of(member, items);
  }

  private static Map<String, Object> failure(Throwable error) {
    Map<String, Object> failure = new LinkedHashMap<>();
    if (error instanceof AwsServiceException) {
      AwsServiceException service = (AwsServiceException) error;
      failure.put("name", service.awsErrorDetails().errorCode());
      failure.put("message", service.awsErrorDetails().errorMessage());
      failure.put("typed", error instanceof DataPipelineException && error.getClass() != DataPipelineException.class);
    } else {
      failure.put("name", "ClientSide");
      failure.put("message", String.valueOf(error));
      failure.put("typed", false);
    }
    return failure;
  }

  private static void fill(SdkPojo target, JsonNode members) {
    for (SdkField<?> field : target.sdkFields()) {
      JsonNode value = members.get(field.locationName());
      if (value != null) field.set(target, valueOf(field, value));
    }
  }

  private static Object valueOf(SdkField<?> field, JsonNode value) {
    MarshallingType<?> type = field.marshallingType();
    if (type == MarshallingType.STRING) return value.asText();
    if (type == MarshallingType.BOOLEAN) return value.asBoolean();
    if (type == MarshallingType.INTEGER) return value.asInt();
    if (type == MarshallingType.INSTANT) return Instant.parse(value.asText());
    if (type == MarshallingType.LIST) {
      SdkField<?> item = field.getTrait(ListTrait.class).memberFieldInfo();
      List<Object> list = new ArrayList<>();
      for (JsonNode each : value) list.add(valueOf(item, each));
      return list;
    }
    if (type == MarshallingType.SDK_POJO) {
      SdkPojo builder = field.constructor().get();
      fill(builder, value);
      return ((SdkBuilder<?, ?>) builder).build();
    }
    throw new IllegalArgumentException("No value of type " + type + " for " + field.locationName());
  }

  private static Map<String, Object> plain(SdkPojo pojo) {
    Map<String, Object> members = new LinkedHashMap<>();
    for (SdkField<?> field : pojo.sdkFields()) {
      Object value = plainValue(field, field.getValueOrDefault(pojo));
      if (value != null) members.put(field.locationName(), value);
    }
    return members;
  }

  private static Object plainValue(SdkField<?> field, Object value) {
    if (value == null || value instanceof SdkAutoConstructList || value instanceof SdkAutoConstructMap) return null;
    if (value instanceof List) {
      SdkField<?> item = field.getTrait(ListTrait.class).memberFieldInfo();
      List<Object> list = new ArrayList<>();
      for (Object each : (List<?>) value) list.add(plainValue(item, each));
      return list;
    }
    if (value instanceof Map) {
      SdkField<?> item = field.getTrait(MapTrait.class).valueFieldInfo();
      Map<String, Object> members = new LinkedHashMap<>();
      ((Map<?, ?>) value).forEach((key, each) -> members.put((String) key, plainValue(item, each)));
      return members;
    }
    return value instanceof SdkPojo ? plain((SdkPojo) value) : value;
  }
}
