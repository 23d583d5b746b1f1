using IlgpuBnn.Data;
using Microsoft.AspNetCore.Http;

namespace IlgpuBnn.Serve;

/// <summary>Turns whatever goes wrong with a request into problem details (RFC 9457).</summary>
/// <param name="failed">Is told of failures that are not the request's.</param>
internal sealed class RequestGuard(ServerOptions options, Action<Exception> failed)
{
    private readonly bool _isLoopback = options.IsLoopback;

    public async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            // A page of elsewhere whose name was made to point here.
            if (_isLoopback && !ServerOptions.IsLoopbackHost(context.Request.Host.Host))
            {
                throw new RequestException($"This server answers this machine alone, as localhost or 127.0.0.1, and was called \"{ShownText.Of(context.Request.Host.Host)}\".");
            }

            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed)
            {
                await FailAsync(context, new RequestException(
                    $"There is no {ShownText.Of(context.Request.Method)} {ShownText.Of(context.Request.Path)}. Use POST /predict, POST /quantiles, GET /model, GET /openapi.json, GET /healthz, or / in a browser.",
                    context.Response.StatusCode));
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone.
        }
        catch (Exception exception)
        {
            await FailAsync(context, ProblemOf(exception));
        }
    }

    private RequestException ProblemOf(Exception exception)
    {
        switch (exception)
        {
            case RequestException own:
                return own;
            case DataException data:
                return RequestException.Of(data);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new RequestException(
                    $"The request has more than {options.MaxBytes} bytes. Send fewer rows at a time, or start the server with a larger --max-bytes.", StatusCodes.Status413PayloadTooLarge);
            case BadHttpRequestException bad:
                return new RequestException($"{bad.Message.TrimEnd('.')}.", bad.StatusCode);
            default:
                failed(exception);
                return new RequestException("Something went wrong inside the server, which has noted it.", StatusCodes.Status500InternalServerError);
        }
    }

    private static async Task FailAsync(HttpContext context, RequestException problem)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = problem.Status;
        await Endpoints.SendAsync(context, "application/problem+json", JsonText.Object(json =>
        {
            json.WriteString("title", Title(problem.Status));
            json.WriteNumber("status", problem.Status);
            json.WriteString("detail", string.Join(" ", problem.Problems.Select(own => own.Detail)));
            json.WriteStartArray("problems");
            foreach (RequestProblem own in problem.Problems)
            {
                json.WriteStartObject();
                if (own.Row is { } row)
                {
                    json.WriteNumber("row", row);
                }

                if (own.Column is { } column)
                {
                    json.WriteString("column", column);
                }

                json.WriteString("detail", own.Detail);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }));
    }

    private static string Title(int status) => status switch
    {
        StatusCodes.Status404NotFound => "No such address",
        StatusCodes.Status405MethodNotAllowed => "Another method is needed",
        StatusCodes.Status413PayloadTooLarge => "The request is too large",
        StatusCodes.Status415UnsupportedMediaType => "The request is neither JSON nor CSV",
        >= StatusCodes.Status500InternalServerError => "Failure of the server",
        _ => "The request cannot be answered",
    };
}
