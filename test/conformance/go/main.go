// The Go driver of the conformance suite: reads one call a line ({"operation","input","paginate"}), answers one line. See ../README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/datapipeline"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

type call struct {
	Operation string          `json:"operation"`
	Input     json.RawMessage `json:"input"`
	Paginate  string          `json:"paginate"`
}

type failure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Typed   bool   `json:"typed"`
}

type answer struct {
	Output    any      `json:"output,omitempty"`
	Error     *failure `json:"error,omitempty"`
	RequestID string   `json:"requestId,omitempty"`
}

func main() {
	ctx := context.Background()
	client, err := connect(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var c call
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := out.Encode(answerTo(ctx, client, c)); err != nil {
			os.Exit(1)
		}
	}
}

// connect uses the endpoint given as argument; without one, what the environment says (AWS_ENDPOINT_URL_DATA_PIPELINE).
func connect(ctx context.Context, args []string) (*datapipeline.Client, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return datapipeline.NewFromConfig(cfg), nil
	}
	endpoint := args[0]
	client := datapipeline.NewFromConfig(cfg, func(o *datapipeline.Options) {
		o.BaseEndpoint = aws.String(endpoint)
	})
	return client, nil
}

func answerTo(ctx context.Context, client *datapipeline.Client, c call) answer {
	method := reflect.ValueOf(client).MethodByName(c.Operation)
	if !method.IsValid() {
		return answer{Error: &failure{Name: "NoSuchOperation", Message: c.Operation}}
	}
	input := reflect.New(method.Type().In(1).Elem())
	if err := json.Unmarshal(c.Input, input.Interface()); err != nil {
		return answer{Error: &failure{Name: "InputOfDriver", Message: err.Error()}}
	}
	if c.Paginate != "" {
		items, err := allPages(ctx, client, input.Interface(), c.Paginate)
		if err != nil {
			return failed(err)
		}
		return answer{Output: map[string]any{c.Paginate: items}}
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	if err, ok := results[1].Interface().(error); ok {
		return failed(err)
	}
	metadata := results[0].Elem().FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	id, _ := awsmiddleware.GetRequestIDMetadata(metadata)
	return answer{Output: plain(results[0]), RequestID: id}
}

// allPages collects the member of all pages with the SDK's own paginators.
func allPages(ctx context.Context, client *datapipeline.Client, input any, member string) ([]any, error) {
	var next func() (any, bool, error)
	switch in := input.(type) {
	case *datapipeline.ListPipelinesInput:
		p := datapipeline.NewListPipelinesPaginator(client, in)
		next = func() (any, bool, error) { page, err := p.NextPage(ctx); return page, p.HasMorePages(), err }
	case *datapipeline.DescribeObjectsInput:
		p := datapipeline.NewDescribeObjectsPaginator(client, in)
		next = func() (any, bool, error) { page, err := p.NextPage(ctx); return page, p.HasMorePages(), err }
	case *datapipeline.QueryObjectsInput:
		p := datapipeline.NewQueryObjectsPaginator(client, in)
		next = func() (any, bool, error) { page, err := p.NextPage(ctx); return page, p.HasMorePages(), err }
	default:
		return nil, fmt.Errorf("the SDK has no paginator for %T", input)
	}
	items := []any{}
	for {
		page, more, err := next()
		if err != nil {
			return nil, err
		}
		list, _ := plain(reflect.ValueOf(page)).(map[string]any)[member].([]any)
		items = append(items, list...)
		if !more {
			return items, nil
		}
	}
}

func failed(err error) answer {
	var api smithy.APIError
	var response interface{ ServiceRequestID() string }
	id := ""
	if errors.As(err, &response) {
		id = response.ServiceRequestID()
	}
	if !errors.As(err, &api) {
		return answer{Error: &failure{Name: "ClientSide", Message: err.Error()}, RequestID: id}
	}
	_, generic := api.(*smithy.GenericAPIError)
	return answer{Error: &failure{Name: api.ErrorCode(), Message: api.ErrorMessage(), Typed: !generic}, RequestID: id}
}

// plain is the value as the wire names it: members begin with a small letter, what is nil is left out.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		members := map[string]any{}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() || field.Name == "ResultMetadata" {
				continue
			}
			if value := plain(v.Field(i)); value != nil {
				members[strings.ToLower(field.Name[:1])+field.Name[1:]] = value
			}
		}
		return members
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		members := map[string]any{}
		for _, key := range v.MapKeys() {
			members[key.String()] = plain(v.MapIndex(key))
		}
		return members
	default:
		return v.Interface()
	}
}
