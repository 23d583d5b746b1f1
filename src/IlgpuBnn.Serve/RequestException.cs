using IlgpuBnn.Data;
using Microsoft.AspNetCore.Http;

namespace IlgpuBnn.Serve;

/// <summary>What is wrong with a request, and what to do.</summary>
/// <param name="Detail">A sentence or two.</param>
/// <param name="Row">Of JSON the row's number, of CSV its line, from 1; null if no single row is at fault.</param>
/// <param name="Column">Null if no single column is at fault.</param>
internal sealed record RequestProblem(string Detail, int? Row = null, string? Column = null);

/// <summary>A request that cannot be answered.</summary>
internal sealed class RequestException(int status, IReadOnlyList<RequestProblem> problems) : Exception(problems[0].Detail)
{
    public RequestException(string detail, int status = StatusCodes.Status400BadRequest)
        : this(status, [new RequestProblem(detail)])
    {
    }

    public int Status => status;

    public IReadOnlyList<RequestProblem> Problems => problems;

    public static RequestException Of(DataException exception) => new(
        StatusCodes.Status400BadRequest, [.. exception.Problems.Select(own => new RequestProblem(own.Message, own.Row, own.Column))]);

    public static RequestException TooManyRows(int limit) => new(
        $"The request has more than {limit} rows. Send fewer at a time, or start the server with a larger --max-rows.", StatusCodes.Status413PayloadTooLarge);
}
