using Introspected;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.Configure<BatchOptions>(builder.Configuration.GetSection("Batch"));
builder.Services.AddSingleton(_ => new ExplainedModel(AppContext.BaseDirectory));
builder.Services.AddHostedService<BatchWorker>();
builder.Build().Run();
