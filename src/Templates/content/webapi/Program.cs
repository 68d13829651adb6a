using System.Text.Json;
using System.Text.Json.Serialization;
using Introspected;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Microsoft.ML.Introspection.Estimators;

var builder = WebApplication.CreateBuilder(args);
var limits = builder.Configuration.GetSection("Limits").Get<ServiceLimits>() ?? new ServiceLimits();
builder.Services.AddSingleton(limits);
builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = limits.MostBytes);
builder.Services.AddOpenApi();
// Who is turned away is told when to come again.
builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
{
    if (context.Exception is not ExplanationPoolFullException full)
        return;
    context.HttpContext.Response.Headers.RetryAfter = "1";
    context.ProblemDetails.Detail = full.Message;
});
builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy
{
    Timeout = TimeSpan.FromSeconds(limits.Seconds), TimeoutStatusCode = StatusCodes.Status504GatewayTimeout,
});
builder.Services.AddSingleton(_ => new ExplainedModel(AppContext.BaseDirectory));
builder.Services.AddSingleton(services => services.GetRequiredService<ExplainedModel>().CreatePool(
    new ExplanationPoolOptions { Engines = limits.Engines ?? Environment.ProcessorCount, MostWaiting = limits.MostWaiting }));
builder.Services.AddHealthChecks().AddCheck<ModelCheck>("model", tags: ["ready"]);

var app = builder.Build();
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    StatusCodeSelector = e => e is ExplanationPoolFullException ? StatusCodes.Status503ServiceUnavailable
        : e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
});
app.UseRequestTimeouts();
app.MapOpenApi();  // /openapi/v1.json

// Alive: the process answers. Ready: the model does, and not too many wait for it.
app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).DisableRequestTimeout();
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") }).DisableRequestTimeout();

app.MapPost("/predict", (House house, ExplanationPool<House> pool, CancellationToken cancellation) =>
        pool.ExplainAsync(house, cancellation))
    .WithName("Predict").WithSummary("A prediction, and what each column adds to it, the strongest first.").Produces<ExplainedPrediction>();

app.MapPost("/predict/batch", async (House[] houses, ExplanationPool<House> pool, CancellationToken cancellation) =>
    houses.Length > limits.MostRows
        ? Results.Problem($"At most {limits.MostRows} rows were expected at once; {houses.Length} came. /predict/stream takes any number.",
            statusCode: StatusCodes.Status413PayloadTooLarge)
        : Results.Ok(await pool.ExplainAsync(houses.ToAsyncEnumerable(), cancellation).ToArrayAsync(cancellation)))
    .WithName("PredictBatch").WithSummary("The same for several rows.").Produces<ExplainedPrediction[]>();

// A line of JSON for each row, in and out. Rows are read no faster than their reasons are taken away, so there may be any number of them.
app.MapPost("/predict/stream", async (HttpContext context, ExplanationPool<House> pool, IOptions<JsonOptions> json) =>
{
    if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        size.MaxRequestBodySize = null;
    var (options, cancellation) = (json.Value.SerializerOptions, context.RequestAborted);
    var houses = JsonLines.Read<House>(context.Request.BodyReader, limits.MostBytes, options, cancellation);
    context.Response.ContentType = "application/x-ndjson";
    try
    {
        await foreach (var prediction in pool.ExplainAsync(houses, cancellation))
            await context.Response.WriteAsync(JsonSerializer.Serialize(prediction, options) + '\n', cancellation);
    }
    catch (Exception e) when (context.Response.HasStarted && e is JsonException or InvalidOperationException)
    {
        // The status has been sent; what went wrong is the last line.
        await context.Response.WriteAsync(JsonSerializer.Serialize(new StreamError(e.Message), options) + '\n', cancellation);
    }
    catch (JsonException e)
    {
        throw new BadHttpRequestException(e.Message, e);
    }
}).WithName("PredictStream").WithSummary("The same for any number of rows: JSON lines in and out.").DisableRequestTimeout();

// The model is there before the first request is.
app.Services.GetRequiredService<ExplanationPool<House>>();
app.Run();

internal sealed record StreamError([property: JsonPropertyName("error")] string Error);
