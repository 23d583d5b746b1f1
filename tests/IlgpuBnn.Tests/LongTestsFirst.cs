using Xunit.Abstractions;

[assembly: TestCollectionOrderer("IlgpuBnn.Tests.LongTestsFirst", "IlgpuBnn.Tests")]

namespace IlgpuBnn.Tests;

/// <summary>Classes whose tests take longest begin first, so that no core ends up waiting for one of them.</summary>
internal sealed class LongTestsFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        .. typeof(LongTestsFirst).Assembly.GetTypes().Where(type => type.IsDefined(typeof(LongAttribute), false)).Select(type => type.FullName!),
    ];

    // A class that names no collection has one of its own, called after it.
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderByDescending(own => Long.Any(name => (own.CollectionDefinition?.Name ?? own.DisplayName).EndsWith(name, StringComparison.Ordinal)));
}

/// <summary>Tests of this class take more than five seconds together.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class LongAttribute : Attribute;
