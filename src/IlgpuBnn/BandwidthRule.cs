namespace IlgpuBnn;

/// <summary>How the h of the Stein kernel follows from the particles' distances.</summary>
public enum BandwidthRule
{
    /// <summary>median^2 / ln S, the median taken over the distances between distinct particles.</summary>
    MedianDistance,

    /// <summary>As in Liu and Wang's code: median of the squared distances over the full matrix, over ln(S + 1).</summary>
    LiuWang,
}
