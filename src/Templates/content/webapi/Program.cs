using Introspected;
using Microsoft.Extensions.ObjectPool;
using Microsoft.ML.Introspection.Estimators;

const int MostRows = 1000;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddOpenApi();
builder.Services.AddProblemDetails();
builder.Services.AddSingleton(_ => new ExplainedModel(AppContext.BaseDirectory));
// An engine is for one thread at a time: requests take one from the pool and give it back.
builder.Services.AddSingleton<ObjectPool<ExplanationEngine<House>>>(services => new DefaultObjectPool<ExplanationEngine<House>>(
    new EnginePolicy(services.GetRequiredService<ExplainedModel>()), 2 * Environment.ProcessorCount));

var app = builder.Build();
app.UseExceptionHandler();
app.MapOpenApi();  // /openapi/v1.json

app.MapPost("/predict", (House house, ObjectPool<ExplanationEngine<House>> engines) =>
{
    var engine = engines.Get();
    try
    {
        return engine.Explain(house);
    }
    finally
    {
        engines.Return(engine);
    }
}).WithName("Predict").WithSummary("A prediction, and what each column adds to it, the strongest first.");

app.MapPost("/predict/batch", (House[] houses, ObjectPool<ExplanationEngine<House>> engines) =>
{
    if (houses.Length > MostRows)
        return Results.Problem($"At most {MostRows} rows were expected at once; {houses.Length} came.",
            statusCode: StatusCodes.Status413PayloadTooLarge);
    var engine = engines.Get();
    try
    {
        return Results.Ok(houses.Select(engine.Explain).ToArray());
    }
    finally
    {
        engines.Return(engine);
    }
}).WithName("PredictBatch").WithSummary("The same for several rows.").Produces<ExplainedPrediction[]>();

// The model is there before the first request is.
app.Services.GetRequiredService<ExplainedModel>();
app.Run();

internal sealed class EnginePolicy(ExplainedModel model) : PooledObjectPolicy<ExplanationEngine<House>>
{
    public override ExplanationEngine<House> Create() => model.CreateEngine();

    public override bool Return(ExplanationEngine<House> obj) => true;
}
